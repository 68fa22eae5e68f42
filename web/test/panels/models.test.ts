import { describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/compat/json';
import { makeField, makeFrame, type Frame } from '../../src/compat/frames';
import { normalizeFieldConfig } from '../../src/compat/normalize-field';
import { applyFieldConfig } from '../../src/compat/overrides';
import { heatmapModel } from '../../src/panels/heatmap/model';
import { clickLegend, sortLegend } from '../../src/panels/legend-model';
import { safeUrl } from '../../src/panels/links';
import { boxLayout } from '../../src/panels/stat-layout';
import { tableColumns, tableRows } from '../../src/panels/table-model';
import { chartModel } from '../../src/panels/timeseries/model';
import { tooltipContent } from '../../src/panels/timeseries/tooltip';
import { reducedValues } from '../../src/panels/values';

vi.stubGlobal('window', { devicePixelRatio: 1, matchMedia: () => ({ addEventListener: () => undefined, matches: false }), addEventListener: () => undefined });
vi.stubGlobal('devicePixelRatio', 1);
vi.stubGlobal('matchMedia', () => ({ addEventListener: () => undefined, matches: false }));
vi.stubGlobal('document', undefined);

const none = () => undefined;
const ctx = { theme: 'dark' as const, timeZone: 'utc' };

function series(name: string, values: (number | null)[], times = values.map((_v, i) => i * 1000)): Frame {
  const field = makeField('Value', 'number', values, { name });
  field.config.displayNameFromDS = name;
  return makeFrame('A', [makeField('Time', 'time', times), field], 'series');
}

function dressed(frames: Frame[], config: JsonObject): Frame[] {
  return applyFieldConfig(frames, normalizeFieldConfig(config), none);
}

describe('time series', () => {
  it('stacks what stacks, upward and downward apart, and remembers what was measured', () => {
    const frames = dressed([series('a', [1, 2]), series('b', [3, null]), series('down', [5, 5])], {
      defaults: { custom: { stacking: { mode: 'normal', group: 'A' } } },
      overrides: [{ matcher: { id: 'byName', options: 'down' }, properties: [{ id: 'custom.transform', value: 'negative-Y' }] }],
    });
    const m = chartModel(frames, new Set(), 'dark');
    expect(m.drawn).toEqual([[1, 2], [4, null], [-5, -5]]);
    expect(m.series[2]?.raw).toEqual([5, 5]);
    expect(m.bands).toEqual([{ upper: 1, lower: 0 }]);
  });

  it('stacks to a hundred percent', () => {
    const m = chartModel(dressed([series('a', [1, 0]), series('b', [3, 0])], { defaults: { custom: { stacking: { mode: 'percent' } } } }), new Set(), 'dark');
    expect(m.drawn).toEqual([[0.25, 0], [1, 0]]);
  });

  it('merges different grids without inventing gaps', () => {
    const m = chartModel(dressed([series('a', [1, 2], [0, 2000]), series('b', [5, null, 7], [0, 1000, 2000])], {}), new Set(), 'dark');
    expect(m.times).toEqual([0, 1, 2]);
    expect(m.drawn).toEqual([[1, undefined, 2], [5, null, 7]]);
  });

  it('gives other units another axis, and hides what is hidden', () => {
    const frames = dressed([series('a', [1]), series('b', [2]), series('c', [3])], {
      defaults: { unit: 's' },
      overrides: [
        { matcher: { id: 'byName', options: 'b' }, properties: [{ id: 'unit', value: 'bytes' }] },
        { matcher: { id: 'byName', options: 'c' }, properties: [{ id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: false } }] },
      ],
    });
    const m = chartModel(frames, new Set(), 'dark');
    expect(m.scales.map((s) => [s.field.config.unit, s.side])).toEqual([['s', 'left'], ['bytes', 'right']]);
    expect(m.series.map((s) => s.name)).toEqual(['a', 'b']);
    expect(m.legend.length).toBe(3);
    expect(chartModel(frames, new Set(['a']), 'dark').series.map((s) => s.name)).toEqual(['b']);
  });

  it('tells the hovered values', () => {
    const m = chartModel(dressed([series('a', [1]), series('b', [3])], { defaults: { unit: 's' } }), new Set(), 'dark');
    const say = (mode: 'single' | 'multi', focused: number | null) =>
      tooltipContent(m, { mode, sort: 'desc', hideZeros: false }, 0, focused, ctx)?.rows.map((r) => `${r.label} ${r.value}`);
    expect(say('multi', null)).toEqual(['b 3 s', 'a 1 s']);
    expect(say('single', 1)).toEqual(['a 1 s']);
  });
});

describe('heatmap', () => {
  it('takes buckets as they come and drops what the filter names', () => {
    const frame = makeFrame('A', [makeField('Time', 'time', [0, 1000]), ...['1', '10', '+Inf'].map((le, i) => makeField(le, 'number', [i, 0], { le }))], 'heatmap');
    const m = heatmapModel([frame], { filterValues: { le: 1e-9 } });
    expect(m?.rows.map((r) => r.high)).toEqual([1, 10, Infinity]);
    expect(m?.counts).toEqual([[null, null], [1, null], [2, null]]);
  });

  it('takes summed-up series apart', () => {
    const bucket = (le: string, v: number): Frame => makeFrame('A', [makeField('Time', 'time', [0]), makeField('Value', 'number', [v], { le })], 'series');
    expect(heatmapModel([bucket('+Inf', 9), bucket('1', 2), bucket('5', 6)], {})?.counts).toEqual([[2], [4], [3]]);
  });

  it('counts values into buckets of its own', () => {
    const m = heatmapModel([series('a', [1, 2, 9], [0, 1000, 60_000])], { calculate: true, calculation: { xBuckets: { mode: 'size', value: '1m' }, yBuckets: { mode: 'size', value: '5' } } });
    expect(m?.times.length).toBe(2);
    expect(m?.counts[0]).toEqual([2, null]);
    expect(m?.counts[1]).toEqual([null, 1]);
  });
});

describe('values', () => {
  it('reduces series, rows and texts', () => {
    const frames = dressed([series('a', [1, 4])], { defaults: { unit: 's' } });
    expect(reducedValues(frames, { reduceOptions: { calcs: ['mean'] } }, ctx, none).map((v) => [v.name, v.text, v.suffix])).toEqual([['a', '2.50', ' s']]);
    const table = dressed([makeFrame('A', [makeField('version', 'string', ['1.2']), makeField('Value', 'number', [1])], 'table')], {});
    expect(reducedValues(table, { reduceOptions: { calcs: ['lastNotNull'], fields: '/^version$/' } }, ctx, none).map((v) => v.text)).toEqual(['1.2']);
  });

  it('arranges boxes', () => {
    expect(boxLayout(4, 800, 100, 'auto').columns).toBe(4);
    expect(boxLayout(4, 200, 400, 'auto').columns).toBe(1);
    expect(boxLayout(3, 300, 300, 'vertical')).toMatchObject({ columns: 3, rows: 1 });
  });
});

describe('legend and table', () => {
  it('isolates, toggles and sorts', () => {
    const names = ['a', 'b', 'c'];
    expect([...clickLegend(new Set(), names, 'a', false)]).toEqual(['b', 'c']);
    expect(clickLegend(new Set(['b', 'c']), names, 'a', false).size).toBe(0);
    expect([...clickLegend(new Set(), names, 'a', true)]).toEqual(['a']);
    const row = (name: string, v: number) => ({ name, color: '', dashed: false, rightAxis: false, values: [{ text: '', sort: v }] });
    expect(sortLegend([row('a', 1), row('b', 2)], ['lastNotNull'], 'Last *', true).map((r) => r.name)).toEqual(['b', 'a']);
  });

  it('sorts, filters and hides columns', () => {
    const [frame] = dressed([makeFrame('A', [makeField('h', 'string', ['gpu10', 'gpu2', 'x']), makeField('v', 'number', [1, null, 3])], 'table')], {
      overrides: [{ matcher: { id: 'byName', options: 'v' }, properties: [{ id: 'custom.cellOptions', value: { type: 'gauge' } }] }],
    });
    if (!frame) throw new Error('no frame');
    const columns = tableColumns(frame);
    expect(columns.map((c) => [c.name, c.cell, c.align])).toEqual([['h', 'auto', 'left'], ['v', 'gauge', 'right']]);
    const text = (c: (typeof columns)[number], r: number) => String(c.field.values[r]);
    expect(tableRows(frame, columns, { name: 'h', desc: false }, new Map(), '', text)).toEqual([1, 0, 2]);
    expect(tableRows(frame, columns, { name: 'v', desc: true }, new Map(), '', text)).toEqual([2, 0, 1]);
    expect(tableRows(frame, columns, null, new Map([['h', new Set(['x'])]]), '', text)).toEqual([2]);
    expect(tableRows(frame, columns, null, new Map(), 'GPU1', text)).toEqual([0]);
  });
});

describe('links', () => {
  it('fills variables, keeps to safe schemes and stays below the sub-path', () => {
    const lookup = (name: string) => (name === 'x' ? { texts: ['a b'], values: ['a b'], many: false, raw: true } : undefined);
    expect(safeUrl('/d/abc/t?var-x=$x', lookup)).toBe('grafana/d/abc/t?var-x=a%20b');
    expect(safeUrl('https://example.org/$x', lookup)).toBe('https://example.org/a%20b');
    expect(safeUrl('javascript:alert(1)', lookup)).toBeNull();
    expect(safeUrl('//evil.example', lookup)).toBeNull();
  });
});
