/** The named colours, the classic palette and the continuous schemes, for dark and light. */

export type ThemeName = 'dark' | 'light';

/** Five shades a hue, from lightest to darkest. */
const SHADES = ['super-light-', 'light-', '', 'semi-dark-', 'dark-'];

const HUES: Record<ThemeName, Record<string, string>> = {
  dark: {
    red: 'FFA6B0 FF7383 F2495C E02F44 C4162A',
    orange: 'FFCB7D FFB357 FF9830 FF780A FA6400',
    yellow: 'FFF899 FFEE52 FADE2A F2CC0C E0B400',
    green: 'C8F2C2 96D98D 73BF69 56A64B 37872D',
    blue: 'C0D8FF 8AB8FF 5794F2 3274D9 1F60C4',
    purple: 'DEB6F2 CA95E5 B877D9 A352CC 8F3BB8',
  },
  light: {
    red: 'FF7383 F2495C E02F44 C4162A AD0317',
    orange: 'FFB357 FF9830 FF780A FA6400 E55400',
    yellow: 'FFEE52 FADE2A F2CC0C E0B400 CC9D00',
    green: '96D98D 73BF69 56A64B 37872D 19730E',
    blue: '8AB8FF 5794F2 3274D9 1F60C4 1250B0',
    purple: 'CA95E5 B877D9 A352CC 8F3BB8 7C2EA3',
  },
};

function namedColors(theme: ThemeName): Map<string, string> {
  const named = new Map<string, string>();
  for (const [hue, list] of Object.entries(HUES[theme])) {
    list.split(' ').forEach((hex, i) => named.set((SHADES[i] ?? '') + hue, '#' + hex));
  }
  const dark = theme === 'dark';
  named.set('transparent', dark ? 'rgba(0,0,0,0)' : 'rgba(255, 255, 255, 0)');
  named.set('text', dark ? 'rgb(204, 204, 220)' : 'rgba(36, 41, 46, 1)');
  named.set('panel-bg', dark ? '#181b1f' : '#ffffff');
  return named;
}

export const NAMED: Record<ThemeName, Map<string, string>> = { dark: namedColors('dark'), light: namedColors('light') };

/** Order in which series without a colour of their own are painted. */
export const CLASSIC: readonly string[] = (
  'green semi-dark-yellow blue orange red purple ' +
  'dark-green dark-yellow dark-blue dark-orange dark-red dark-purple ' +
  'super-light-green super-light-yellow super-light-blue super-light-orange super-light-red super-light-purple ' +
  '#447EBC #C15C17 #890F02 #0A437C #6D1F62 #584477 #B7DBAB #F4D598 #70DBED #F9BA8F #F29191 #82B5D8 #E5A8E2 #AEA2E0 ' +
  '#629E51 #E5AC0E #64B0C8 #E0752D #BF1B00 #0A50A1 #962D82 #614D93 #9AC48A #F2C96D #65C5DB #F9934E #EA6460 #5195CE ' +
  '#D683CE #806EB7 #3F6833 #967302 #2F575E #99440A #58140C #052B51 #511749 #3F2B5B #E0F9D7 #FCEACA #CFFAFF #F9E2D2 ' +
  '#FCE2DE #BADFF4 #F9D9F9 #DEDAF7'
).split(' ');

/** Okabe and Ito's eight colours, told apart by people with any kind of colour blindness. */
export const COLORBLIND: readonly string[] =
  '#56B4E9 #E69F00 #009E73 #F0E442 #0072B2 #D55E00 #CC79A7 #999999'.split(' ');

/** End points and middle of the `continuous-*` schemes; the way between is a smooth spline. */
export const CONTINUOUS: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({
    'continuous-viridis': '#440154 #3b528b #21918c #5ec962 #fde725',
    'continuous-magma': '#000004 #51127c #b73779 #fc8961 #fcfdbf',
    'continuous-plasma': '#0d0887 #7e03a8 #cc4778 #f89540 #f0f921',
    'continuous-inferno': '#000004 #57106e #bc3754 #f98e09 #fcffa4',
    'continuous-cividis': '#002051 #3c4d6e #7f7c75 #bbaf71 #fdea45',
    'continuous-GrYlRd': '#73BF69 #FADE2A #F2495C',
    'continuous-RdYlGr': '#F2495C #FADE2A #73BF69',
    'continuous-BlYlRd': '#1F60C4 #FFF899 #C4162A',
    'continuous-YlRd': '#FFF899 #C4162A',
    'continuous-BlPu': '#5794F2 #B877D9',
    'continuous-YlBl': '#FFF899 #1F60C4',
    'continuous-blues': '#181b1f #1F60C4',
    'continuous-reds': '#181b1f #C4162A',
    'continuous-greens': '#181b1f #37872D',
    'continuous-purples': '#181b1f #8F3BB8',
  }).map(([id, list]) => [id, list.split(' ')]),
);

/** Colour schemes of heatmaps (ColorBrewer and the perceptual ones), low to high as published; every second colour is
 * enough, since the way between is a smooth curve. */
export const HEATMAP_SCHEMES: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({
    Spectral: '9e0142d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd5e4fa2',
    RdYlGn: 'a50026f46d43fee08bd9ef8b66bd63006837',
    RdYlBu: 'a50026f46d43fee090e0f3f874add1313695',
    RdBu: '67001fd6604dfddbc7d1e5f04393c3053061',
    RdGy: '67001fd6604dfddbc7e0e0e08787871a1a1a',
    PuOr: '7f3b08e08214fee0b6d8daeb8073ac2d004b',
    PRGn: '40004b9970abe7d4e8d9f0d35aae6100441b',
    PiYG: '8e0152de77aefde0efe6f5d07fbc41276419',
    BrBG: '543005bf812df6e8c3c7eae535978f003c30',
    Blues: 'f7fbffc6dbef6baed62171b508306b',
    Greens: 'f7fcf5c7e9c074c476238b4500441b',
    Greys: 'ffffffd9d9d9969696525252000000',
    Oranges: 'fff5ebfdd0a2fd8d3cd948017f2704',
    Purples: 'fcfbfddadaeb9e9ac86a51a33f007d',
    Reds: 'fff5f0fcbba1fb6a4acb181d67000d',
    Turbo: '23171b2f9df54df884dedd32f65f18900c00',
    Cividis: '0020512b446e696970948f78caba6afdea45',
    Viridis: '44015431688e35b779fde725',
    Magma: '000004721f81f1605dfcfdbf',
    Inferno: '000004420a68932667dd513afca50afcffa4',
    Plasma: '0d08876a00a8b12a90e16462fca636f0f921',
    BuGn: 'f7fcfdccece666c2a4238b4500441b',
    BuPu: 'f7fcfdbfd3e68c96c688419d4d004b',
    GnBu: 'f7fcf0ccebc57bccc42b8cbe084081',
    OrRd: 'fff7ecfdd49efc8d59d7301f7f0000',
    PuBuGn: 'fff7fbd0d1e667a9cf02818a014636',
    PuBu: 'fff7fbd0d1e674a9cf0570b0023858',
    PuRd: 'f7f4f9d4b9dadf65b0ce125667001f',
    RdPu: 'fff7f3fcc5c0f768a1ae017e49006a',
    YlGnBu: 'ffffd9c7e9b441b6c4225ea8081d58',
    YlGn: 'ffffe5d9f0a378c679238443004529',
    YlOrBr: 'ffffe5fee391fe9929cc4c02662506',
    YlOrRd: 'ffffccfed976fd8d3ce31a1c800026',
  }).map(([id, hex]) => [id, (hex.match(/.{6}/g) ?? []).map((h) => '#' + h)]),
);

/** Schemes whose published start is the light or warm end; they are turned round so that more is warmer or brighter. */
export function schemeTurned(name: string, theme: ThemeName): boolean {
  if (/^(Spectral|RdY|RdB|RdG|PuOr|PRGn|PiYG|BrBG)/.test(name)) return true;
  if (/^(Turbo|Cividis|Viridis|Magma|Inferno|Plasma)$/.test(name)) return theme === 'light';
  return theme === 'dark';
}
