import { describe, expect, test } from 'vitest';
import { formatSeries, sampleValue } from '../src/api/samples';
import { graphCsv, tableCsv, toCsv } from '../src/query/csv';
import { commonLabels, isolated, stack, toGrid } from '../src/query/graph-data';
import { clockDrift } from '../src/query/drift';
import { withEntry } from '../src/query/history';
import { describeMetrics, searchMetrics, suggestedQueries } from '../src/query/metrics';
import { decodePanels, encodePanels, graphWindow, NEW_PANEL, stepOf, stepRange } from '../src/query/panel';
import { toggleSeries } from '../src/query/visibility';

describe('the address of the query page', () => {
  test('an old bookmark', () => {
    const [panel] = decodePanels(new URLSearchParams('g0.expr=up%7Bjob%3D%22a%22%7D&g0.tab=0&g0.stacked=1&g0.range_input=2h&g0.end_input=2026-11-20%2010%3A00%3A00&g0.step_input=30'));
    expect(panel).toEqual({
      expr: 'up{job="a"}',
      tab: 'graph',
      range: 7_200_000,
      end: Date.parse('2026-11-20T10:00:00Z'),
      moment: null,
      resolution: { type: 'custom', step: 30_000 },
      stacked: true,
      yFromZero: false,
    });
  });

  test('a current one, with two panels out of order and nonsense in it', () => {
    const panels = decodePanels(
      new URLSearchParams('g1.expr=b&g0.expr=a&g0.tab=table&g0.moment_input=2026-11-20+10%3A00%3A00&g0.res_type=fixed&g0.res_step=60&g1.range_input=x&g1.res_density=high&g1.y_axis_min=0&theme=dark&gx.expr=c'),
    );
    expect(panels.map((p) => p.expr)).toEqual(['a', 'b']);
    expect(panels[0]).toMatchObject({ moment: Date.parse('2026-11-20T10:00:00Z'), resolution: { type: 'fixed', step: 60_000 } });
    expect(panels[1]).toMatchObject({ range: NEW_PANEL.range, resolution: { type: 'auto', density: 'high' }, yFromZero: true });
  });

  test('what is written is read back', () => {
    const panels = [
      { ...NEW_PANEL, expr: 'sum by (job) (rate(x[5m])) > 0.5', tab: 'graph' as const, stacked: true, end: 1_790_000_000_000, yFromZero: true },
      { ...NEW_PANEL, expr: 'up\n+ 1', moment: 1_790_000_000_000, resolution: { type: 'custom' as const, step: 7000 } },
    ];
    expect(decodePanels(new URLSearchParams(encodePanels(panels).toString()))).toEqual(panels);
  });
});

describe('the graph window', () => {
  test('resolutions', () => {
    expect(stepOf({ range: 3_600_000, resolution: { type: 'auto', density: 'medium' } })).toBe(14_000);
    expect(stepOf({ range: 60_000, resolution: { type: 'auto', density: 'high' } })).toBe(1000);
    expect(stepOf({ range: 365 * 86_400_000, resolution: { type: 'fixed', step: 10_000 } })).toBeGreaterThanOrEqual((365 * 86_400_000) / 11_000);
  });
  test('points are multiples of the step while it follows the clock', () => {
    const window = graphWindow(NEW_PANEL, 1_790_000_003_000);
    expect(window.end % window.step).toBe(0);
    expect(window.start % window.step).toBe(0);
    expect(window.end).toBeLessThanOrEqual(1_790_000_003);
  });
  test('an end that was set is kept', () => {
    expect(graphWindow({ ...NEW_PANEL, end: 1_790_000_003_000 })).toEqual({ start: 1_789_996_403, end: 1_790_000_003, step: 14 });
  });
  test('plus and minus', () => {
    expect(stepRange(3_600_000, 1)).toBe(7_200_000);
    expect(stepRange(3_700_000, -1)).toBe(3_600_000);
    expect(stepRange(10_000, -1)).toBe(10_000);
  });
});

describe('graph data', () => {
  const window = { start: 100, end: 130, step: 10 };
  test('samples go to their place, holes and infinities stay empty', () => {
    const grid = toGrid(
      [
        { metric: { a: '1' }, values: [[100, '1'], [120.0004, '2.5'], [130, '+Inf']] },
        { metric: { a: '2' }, histograms: [[100, { count: '1', sum: '1' }]] },
      ],
      window,
    );
    expect(grid.times).toEqual([100, 110, 120, 130]);
    expect(grid.series).toEqual([{ labels: { a: '1' }, values: [1, null, 2.5, null] }]);
    expect(grid.histograms).toBe(1);
  });
  test('stacking leaves hidden series and gaps out', () => {
    expect(stack([[1, 2, null], [5, 5, 5], [10, null, 10]], [true, false, true])).toEqual([[1, 2, null], [5, 5, 5], [11, null, 10]]);
  });
  test('lonely samples', () => {
    expect(isolated([1, null, 2, 3, null, 4], 0, 5)).toEqual([0, 5]);
  });
  test('what all labels share', () => {
    expect(commonLabels([{ a: '1', b: '2' }, { a: '1', b: '3' }])).toEqual({ a: '1' });
    expect(commonLabels([{ a: '1' }])).toEqual({});
  });
});

describe('legend clicks', () => {
  const keys = ['a', 'b', 'c'];
  test('a click shows one alone, another all', () => {
    const alone = toggleSeries(keys, new Set(), 'b', true);
    expect([...alone]).toEqual(['a', 'c']);
    expect(toggleSeries(keys, alone, 'b', true).size).toBe(0);
  });
  test('with Ctrl only that one', () => {
    const one = toggleSeries(keys, new Set(), 'b', false);
    expect([...one]).toEqual(['b']);
    expect(toggleSeries(keys, one, 'b', false).size).toBe(0);
  });
});

describe('CSV', () => {
  test('cells are quoted where needed', () => {
    expect(toCsv([['a', 'b"c', 'd,e', 'f\ng']])).toBe('a,"b""c","d,e","f\ng"\r\n');
  });
  test('a vector has a column per label', () => {
    const csv = tableCsv({ resultType: 'vector', result: [{ metric: { z: '1', __name__: 'up' }, value: [1_790_000_000, '1'] }, { metric: { job: 'x' }, value: [1_790_000_000, 'NaN'] }] });
    expect(csv.split('\r\n')).toEqual(['__name__,job,z,time,value', 'up,,1,2026-09-21T14:13:20.000Z,1', ',x,,2026-09-21T14:13:20.000Z,NaN', '']);
  });
  test('a graph has a column per series', () => {
    const csv = graphCsv({ times: [0, 1], series: [{ labels: { a: '1' }, values: [1, null] }], histograms: 0 });
    expect(csv.split('\r\n')[0]).toBe('time,"{a=""1""}"');
    expect(csv.split('\r\n')[2]).toBe('1970-01-01T00:00:01.000Z,');
  });
});

describe('metrics', () => {
  const meta = { http_seconds: [{ type: 'histogram', help: 'How long requests took', unit: '' }], up_total: [{ type: 'counter', help: '', unit: '' }] };
  const metrics = describeMetrics(['http_seconds_bucket', 'up_total', 'other'], meta);
  test('a bucket is told by its family', () => {
    expect(metrics.map((m) => m.type)).toEqual(['histogram', 'counter', 'unknown']);
  });
  test('search finds parts, letters in order and help, all words', () => {
    expect(searchMetrics(metrics, 'http').map((m) => m.name)).toEqual(['http_seconds_bucket']);
    expect(searchMetrics(metrics, 'htb').map((m) => m.name)).toEqual(['http_seconds_bucket']);
    expect(searchMetrics(metrics, 'requests took').map((m) => m.name)).toEqual(['http_seconds_bucket']);
    expect(searchMetrics(metrics, 'http nothing')).toEqual([]);
  });
  test('suggestions fit the type', () => {
    expect(suggestedQueries(metrics[0]!)[0]!.expr).toBe('histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))');
    expect(suggestedQueries(metrics[1]!)[0]!.expr).toBe('rate(up_total[5m])');
    expect(suggestedQueries({ name: 'my.metric', type: 'gauge', help: '', unit: '' })[0]!.expr).toBe('{"my.metric"}');
  });
});

test('series are written as PromQL', () => {
  expect(formatSeries({ __name__: 'up', job: 'a"b' })).toBe('up{job="a\\"b"}');
  expect(formatSeries({ __name__: 'my.metric', 'a b': 'c' })).toBe('{"my.metric", "a b"="c"}');
  expect(formatSeries({})).toBe('{}');
  expect(sampleValue('-Inf')).toBe(-Infinity);
});

test('history keeps each expression once, newest first', () => {
  expect(withEntry(['a', 'b'], ' b ')).toEqual(['b', 'a']);
  const same = ['a'];
  expect(withEntry(same, 'a')).toBe(same);
});

test('clocks that differ by more than the way of an answer', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  expect(clockDrift('2026-11-21T11:59:50Z', now)).toBeNull();
  expect(clockDrift('2026-11-21T11:58:00Z', now)).toBe(120_000);
  expect(clockDrift(undefined, now)).toBeNull();
});
