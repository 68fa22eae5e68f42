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

/** Colour schemes of heatmaps (ColorBrewer and the perceptual ones), low to high as published. */
export const HEATMAP_SCHEMES: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({
    Spectral: '9e0142d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd5e4fa2',
    RdYlGn: 'a50026d73027f46d43fdae61fee08bffffbfd9ef8ba6d96a66bd631a9850006837',
    RdYlBu: 'a50026d73027f46d43fdae61fee090ffffbfe0f3f8abd9e974add14575b4313695',
    RdBu: '67001fb2182bd6604df4a582fddbc7f7f7f7d1e5f092c5de4393c32166ac053061',
    RdGy: '67001fb2182bd6604df4a582fddbc7ffffffe0e0e0bababa8787874d4d4d1a1a1a',
    PuOr: '7f3b08b35806e08214fdb863fee0b6f7f7f7d8daebb2abd28073ac5427882d004b',
    PRGn: '40004b762a839970abc2a5cfe7d4e8f7f7f7d9f0d3a6dba05aae611b783700441b',
    PiYG: '8e0152c51b7dde77aef1b6dafde0eff7f7f7e6f5d0b8e1867fbc414d9221276419',
    BrBG: '5430058c510abf812ddfc27df6e8c3f5f5f5c7eae580cdc135978f01665e003c30',
    Blues: 'f7fbffdeebf7c6dbef9ecae16baed64292c62171b508519c08306b',
    Greens: 'f7fcf5e5f5e0c7e9c0a1d99b74c47641ab5d238b45006d2c00441b',
    Greys: 'fffffff0f0f0d9d9d9bdbdbd969696737373525252252525000000',
    Oranges: 'fff5ebfee6cefdd0a2fdae6bfd8d3cf16913d94801a636037f2704',
    Purples: 'fcfbfdefedf5dadaebbcbddc9e9ac8807dba6a51a354278f3f007d',
    Reds: 'fff5f0fee0d2fcbba1fc9272fb6a4aef3b2ccb181da50f1567000d',
    Turbo: '23171b4a58dd2f9df527d7c44df88495fb51dedd32ffa423f65f18ba2208900c00',
    Cividis: '0020510a326a2b446e4d566d6969707f7c75948f78ada476caba6aead156fdea45',
    Viridis: '4401544828783e498931688e26828e1f9e8935b7796ece58b5de2bfde725',
    Magma: '000004180f3d440f76721f819e2f7fcd4071f1605dfd9668feca8dfcfdbf',
    Inferno: '000004160b39420a686a176e932667bc3754dd513af37819fca50af6d746fcffa4',
    Plasma: '0d088741049d6a00a88f0da4b12a90cc4778e16462f2844bfca636fcce25f0f921',
    BuGn: 'f7fcfde5f5f9ccece699d8c966c2a441ae76238b45006d2c00441b',
    BuPu: 'f7fcfde0ecf4bfd3e69ebcda8c96c68c6bb188419d810f7c4d004b',
    GnBu: 'f7fcf0e0f3dbccebc5a8ddb57bccc44eb3d32b8cbe0868ac084081',
    OrRd: 'fff7ecfee8c8fdd49efdbb84fc8d59ef6548d7301fb300007f0000',
    PuBuGn: 'fff7fbece2f0d0d1e6a6bddb67a9cf3690c002818a016c59014636',
    PuBu: 'fff7fbece7f2d0d1e6a6bddb74a9cf3690c00570b0045a8d023858',
    PuRd: 'f7f4f9e7e1efd4b9dac994c7df65b0e7298ace125698004367001f',
    RdPu: 'fff7f3fde0ddfcc5c0fa9fb5f768a1dd3497ae017e7a017749006a',
    YlGnBu: 'ffffd9edf8b1c7e9b47fcdbb41b6c41d91c0225ea8253494081d58',
    YlGn: 'ffffe5f7fcb9d9f0a3addd8e78c67941ab5d238443006837004529',
    YlOrBr: 'ffffe5fff7bcfee391fec44ffe9929ec7014cc4c02993404662506',
    YlOrRd: 'ffffccffeda0fed976feb24cfd8d3cfc4e2ae31a1cbd0026800026',
  }).map(([id, hex]) => [id, (hex.match(/.{6}/g) ?? []).map((h) => '#' + h)]),
);

/** Schemes whose published start is the light or warm end; they are turned round so that more is warmer or brighter. */
export function schemeTurned(name: string, theme: ThemeName): boolean {
  if (/^(Spectral|RdY|RdB|RdG|PuOr|PRGn|PiYG|BrBG)/.test(name)) return true;
  if (/^(Turbo|Cividis|Viridis|Magma|Inferno|Plasma)$/.test(name)) return theme === 'light';
  return theme === 'dark';
}
