import { describe, expect, it } from 'vitest';
import { continuousStops, cssColor, paletteColor, toRgba, type ThemeName } from '../../src/compat/colors';
import { calculateInterval, formatDuration, parseDuration, queryStep, rateInterval } from '../../src/compat/interval';
import { CONTINUOUS, HEATMAP_SCHEMES } from '../../src/compat/palette';
import { reduce, type Cell } from '../../src/compat/reducers';
import { hasShared, sharedJson } from './oracle';

describe('reducers', () => {
  it('skips gaps and NaN', () => {
    expect(reduce([null, 1, NaN, 3, null], 'mean')).toBe(2);
    expect(reduce([null, 1, 3, null], 'lastNotNull')).toBe(3);
    expect(reduce(['a', 'b', null], 'lastNotNull')).toBe('b');
    expect(reduce([], 'sum')).toBe(0);
  });

  it.skipIf(!hasShared('oracle/reducers.json'))('equals every recorded output', () => {
    const cases = sharedJson<Record<string, { in: (Cell | '__NaN')[]; out: Record<string, unknown> }>>('oracle/reducers.json');
    const wrong: string[] = [];
    for (const [name, c] of Object.entries(cases)) {
      const values = c.in.map((v): Cell => (v === '__NaN' ? NaN : v));
      for (const [id, want] of Object.entries(c.out)) {
        const got = recorded(reduce(values, id));
        if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(`${name} ${id}: ${JSON.stringify(got)} want ${JSON.stringify(want)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** The recording writes what JSON cannot. */
function recorded(v: unknown): unknown {
  if (v === undefined) return '__undefined';
  return typeof v === 'number' && Number.isNaN(v) ? '__NaN' : v;
}

interface ColorOracle {
  palette: [string, string][];
  hues: { shades: [string, string][] }[];
  special: Record<string, string>;
  continuous: Record<string, string[]>;
}

describe('colours', () => {
  it('has only whole stops in the schemes', () => {
    for (const stops of [...Object.values(HEATMAP_SCHEMES), ...Object.values(CONTINUOUS)]) {
      for (const stop of stops) expect(stop).toMatch(/^#[0-9a-f]{6}$/i);
    }
  });

  it.skipIf(!hasShared('oracle/colors.json'))('equals the recorded palette, hues and schemes', () => {
    const all = sharedJson<Record<ThemeName, ColorOracle>>('oracle/colors.json');
    for (const theme of ['dark', 'light'] as const) {
      const want = all[theme];
      want.palette.forEach(([, hex], i) => expect(paletteColor(i, theme)).toBe(hex));
      for (const { shades } of want.hues) for (const [name, hex] of shades) expect(cssColor(name, theme)).toBe(hex);
      for (const [name, css] of Object.entries(want.special)) expect(cssColor(name, theme)).toBe(css);
      for (const [mode, stops] of Object.entries(want.continuous)) {
        const got = stops.length === CONTINUOUS[mode]?.length ? CONTINUOUS[mode] : continuousStops(mode);
        expect(got.map(toRgba), mode).toEqual(stops.map(toRgba));
      }
    }
  });
});

describe('intervals', () => {
  it('reads and writes durations', () => {
    expect(parseDuration('1h30m')).toBe(5_400_000);
    expect(parseDuration('>15s')).toBe(15_000);
    expect(parseDuration('30')).toBe(30_000);
    expect(parseDuration('auto')).toBeUndefined();
    expect(formatDuration(7_200_000)).toBe('2h');
    expect(formatDuration(90_000)).toBe('90s');
    expect(rateInterval(15_000, 15_000)).toBe(60_000);
    expect(rateInterval(60_000, 5_000)).toBe(65_000);
  });

  it('keeps a long range below what Prometheus answers', () => {
    const day = 86_400_000;
    const { step } = queryStep({ rangeMs: 30 * day, points: 100_000, minMs: 1000, scrapeMs: 15_000, factor: 1 });
    expect((30 * day) / step).toBeLessThanOrEqual(11_000);
  });

  it.skipIf(!hasShared('oracle/interval.json'))('equals every recorded step', () => {
    const cases = sharedJson<Record<string, [string, number]>>('oracle/interval.json');
    for (const [key, [text, ms]] of Object.entries(cases)) {
      const [range = '', width = '', min = ''] = key.split('|');
      const got = calculateInterval(parseDuration(range.replace('now-', '')) ?? 0, Number(width), parseDuration(min));
      expect(got, key).toBe(ms);
      expect(formatDuration(got), key).toBe(text);
    }
  });
});
