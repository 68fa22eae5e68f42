import { describe, expect, it } from 'vitest';
import { showValue, shownText } from '../../src/compat/display';
import { framesFromAnswer, makeField, makeFrame, nameTableValues, type AnswerShape, type Frame } from '../../src/compat/frames';
import { mapValue } from '../../src/compat/mappings';
import { evaluateMath } from '../../src/compat/math';
import { normalizeFieldConfig } from '../../src/compat/normalize-field';
import { applyFieldConfig } from '../../src/compat/overrides';
import type { JsonObject } from '../../src/compat/json';
import { transformFrames } from '../../src/compat/transforms';

const shape = (o: Partial<AnswerShape>): AnswerShape => ({ refId: 'A', expr: 'up', legendFormat: '__auto', format: 'time_series', grid: undefined, ...o });
const none = () => undefined;
const transform = (frames: Frame[], id: string, options: JsonObject): Frame[] =>
  transformFrames(frames, [{ id, options, disabled: false, filter: undefined }]).frames;
const cells = (f: Frame | undefined) => f?.fields.map((x) => [x.name, ...x.values]);

describe('frames', () => {
  it('breaks lines where the answer has no point', () => {
    const data = { resultType: 'matrix' as const, result: [{ metric: { a: 'x' }, values: [[10, '1'], [30, 'NaN']] as [number, string][] }] };
    const [f] = framesFromAnswer(data, shape({ grid: { start: 0, end: 40_000, step: 10_000 } }));
    expect(f?.fields[0]?.values).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
    expect(f?.fields[1]?.values).toEqual([null, 1, null, NaN, null]);
  });

  it('names series by legend, by their single label, or in full', () => {
    const data = { resultType: 'vector' as const, result: [{ metric: { r: 'stop' }, value: [1, '1'] as [number, string] }, { metric: { r: 'length' }, value: [1, '2'] as [number, string] }] };
    const names = (legendFormat: string): (string | undefined)[] =>
      applyFieldConfig(framesFromAnswer(data, shape({ legendFormat })), { defaults: { custom: {} }, overrides: [] }, none).map((f) => f.fields[1]?.displayName);
    expect(names('__auto')).toEqual(['stop', 'length']);
    expect(names('why {{ r }}')).toEqual(['why stop', 'why length']);
    expect(names('')).toEqual(['{r="stop"}', '{r="length"}']);
  });

  it('takes buckets apart', () => {
    const row = (le: string, ...v: string[]) => ({ metric: { le }, values: v.map((x, i): [number, string] => [i, x]) });
    const data = { resultType: 'matrix' as const, result: [row('+Inf', '9', '5'), row('1', '2', '5'), row('10', '6', '5')] };
    const [f] = framesFromAnswer(data, shape({ format: 'heatmap' }));
    expect(cells(f)).toEqual([['Time', 0, 1000], ['1', 2, 5], ['10', 4, 0], ['+Inf', 3, 0]]);
  });

  it('makes tables', () => {
    const data = { resultType: 'vector' as const, result: [{ metric: { a: 'x', b: 'y' }, value: [1, '3'] as [number, string] }] };
    const frames = nameTableValues(framesFromAnswer(data, shape({ format: 'table' })), 2);
    expect(cells(frames[0])).toEqual([['Time', 1000], ['a', 'x'], ['b', 'y'], ['Value #A', 3]]);
  });
});

describe('field options', () => {
  it('applies overrides in order and renders names', () => {
    const frame = makeFrame('B', [makeField('Time', 'time', [0]), makeField('Value', 'number', [1], { gpu: '3' })], 'series');
    const source = normalizeFieldConfig({
      defaults: { unit: 's', displayName: 'GPU ${__field.labels.gpu}' },
      overrides: [
        { matcher: { id: 'byName', options: 'GPU 3' }, properties: [{ id: 'unit', value: 'watt' }, { id: 'custom.lineStyle.fill', value: 'dash' }] },
        { matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'decimals', value: 1 }] },
        { matcher: { id: 'byRegexp', options: '/nothing/' }, properties: [{ id: 'unit', value: 'bytes' }] },
      ],
    });
    const field = applyFieldConfig([frame], source, none)[0]?.fields[1];
    expect(field?.displayName).toBe('GPU 3');
    expect(field?.config).toMatchObject({ unit: 's', decimals: 1 });
    const named = normalizeFieldConfig({ defaults: {}, overrides: [{ matcher: { id: 'byRegexp', options: '.*' }, properties: [{ id: 'unit', value: 'watt' }] }] });
    expect(applyFieldConfig([frame], named, none)[0]?.fields[1]?.config.unit).toBe('watt');
  });

  it('maps values', () => {
    const { defaults } = normalizeFieldConfig({
      defaults: {
        mappings: [
          { type: 'value', options: { '1': { text: 'up', color: 'green' } } },
          { type: 'range', options: { from: 2, to: null, result: { text: 'many' } } },
          { type: 'special', options: { match: 'null+nan', result: { text: 'none' } } },
          { type: 'regex', options: { pattern: '/v(\\d+)/', result: { text: 'version $1' } } },
        ],
      },
    });
    const texts = [1, 7, null, NaN, 'v3', 0].map((v) => mapValue(defaults.mappings, v)?.text);
    expect(texts).toEqual(['up', 'many', 'none', 'none', 'version 3', undefined]);
    const field = { ...makeField('x', 'number', [1]), config: defaults };
    expect(shownText(showValue(field, 1, { theme: 'dark', timeZone: 'utc' }))).toBe('up');
    expect(showValue(field, 1, { theme: 'dark', timeZone: 'utc' }).color).toBe('#73BF69');
  });
});

describe('transformations', () => {
  const table = (ref: string, o: Record<string, (string | number)[]>): Frame =>
    makeFrame(ref, Object.entries(o).map(([k, v]) => makeField(k, typeof v[0] === 'number' ? 'number' : 'string', v)), 'table');

  it('merges tables by the columns they share', () => {
    const out = transform([table('A', { host: ['a', 'b'], cpu: [1, 2] }), table('B', { host: ['b', 'c'], mem: [5, 6] })], 'merge', {});
    expect(cells(out[0])).toEqual([['host', 'a', 'b', 'c'], ['cpu', 1, 2, null], ['mem', null, 5, 6]]);
  });

  it('organizes and filters columns', () => {
    const t = [table('A', { a: [1], b: [2], c: [3] })];
    expect(cells(transform(t, 'organize', { excludeByName: { a: true }, indexByName: { c: 0, b: 1 }, renameByName: { b: 'B' } })[0])).toEqual([['c', 3], ['B', 2]]);
    expect(cells(transform(t, 'filterFieldsByName', { include: { pattern: '^(a|b)$' } })[0])).toEqual([['a', 1], ['b', 2]]);
    expect(transform(t, 'renameByRegex', { regex: '(.)', renamePattern: 'x$1' })[0]?.fields[0]?.name).toBe('xa');
  });

  it('groups, reduces and transposes', () => {
    const t = [table('A', { g: ['x', 'y', 'x'], v: [1, 2, 3] })];
    expect(cells(transform(t, 'groupBy', { fields: { g: { operation: 'groupby', aggregations: [] }, v: { operation: 'aggregate', aggregations: ['sum', 'count'] } } })[0])).toEqual([
      ['g', 'x', 'y'],
      ['v (sum)', 4, 2],
      ['v (count)', 2, 1],
    ]);
    const series = [1, 2].map((n) => makeFrame('A', [makeField('Time', 'time', [0, 1]), makeField('Value', 'number', [n, n * 10], { gpu: String(n) })], 'series'));
    expect(cells(transform(series, 'reduce', { reducers: ['max', 'count'] })[0])).toEqual([['Field', '1', '2'], ['Max', 10, 20], ['Count', 2, 2]]);
    expect(cells(transform(series, 'reduce', { reducers: ['last'], labelsToFields: true })[0])).toEqual([['Field', 'Value', 'Value'], ['gpu', '1', '2'], ['Last', 10, 20]]);
    expect(cells(transform(t, 'transpose', {})[0])).toEqual([['Field', 'v'], ['x', 1], ['y', 2], ['x', 3]]);
  });

  it('calculates and joins', () => {
    const series = ['A', 'B'].map((ref, n) => {
      const f = makeField('Value', 'number', [n + 1, n + 2]);
      f.config.displayNameFromDS = ref;
      return makeFrame(ref, [makeField('Time', 'time', [0, 1]), f], 'series');
    });
    const [out] = transform(series, 'calculateField', { mode: 'binary', binary: { left: 'A', operator: '/', right: 'B' }, alias: 'ratio', replaceFields: true });
    expect(cells(out)).toEqual([['Time', 0, 1], ['ratio', 0.5, 2 / 3]]);
    expect(transform(series, 'joinByField', { byField: 'Time' })[0]?.fields.length).toBe(3);
  });

  it('filters rows and reports what it does not know', () => {
    const t = [table('A', { h: ['a', ''], v: [1, 2] })];
    expect(cells(transform(t, 'filterByValue', { type: 'exclude', match: 'any', filters: [{ fieldName: 'h', config: { id: 'isNull', options: {} } }] })[0])).toEqual([['h', 'a'], ['v', 1]]);
    expect(transformFrames(t, [{ id: 'spatial', options: {}, disabled: false, filter: undefined }]).unknown).toEqual(['spatial']);
  });
});

describe('math expressions', () => {
  const series = (ref: string, gpu: string, v: number): Frame => makeFrame(ref, [makeField('Time', 'time', [0]), makeField('Value', 'number', [v], { gpu })], 'series');
  it('joins series by their labels', () => {
    const out = evaluateMath('($A / $B) * 100', 'C', [series('A', '1', 1), series('A', '2', 3), series('B', '1', 4), series('B', '2', 6)]);
    expect(out.map((f) => [f.fields[1]?.labels, f.fields[1]?.values])).toEqual([[{ gpu: '1' }, [25]], [{ gpu: '2' }, [50]]]);
    expect(() => evaluateMath('$A +', 'C', [])).toThrow('ends too early');
  });
});
