import { describe, expect, it } from 'vitest';
import { normalizeDashboard } from '../../src/compat/normalize';
import { normalizeVariable } from '../../src/compat/normalize-variable';
import { makeField, makeFrame } from '../../src/compat/frames';
import type { Variable } from '../../src/compat/model';
import { withFilters } from '../../src/dashboard/adhoc';
import { dataTables, framesCsv } from '../../src/dashboard/inspect-data';
import { layoutSections } from '../../src/dashboard/layout';
import { groupByFolder, matchingHits, tagCounts } from '../../src/dashboard/list-model';
import { allVariables, withUrl, writeVariable } from '../../src/dashboard/url';

function variable(o: object): Variable {
  const v = normalizeVariable(JSON.parse(JSON.stringify({ type: 'query', ...o })));
  if (!v) throw new Error('not a variable');
  return v;
}

const gpu = variable({ name: 'gpu', multi: true, includeAll: true, options: ['0', '1', '2'].map((x) => ({ text: `GPU ${x}`, value: x })), current: { text: 'All', value: ['$__all'] } });

describe('layout', () => {
  const items = (panels: object[]) => normalizeDashboard({ panels }).items;

  it('repeats panels beside each other and pushes down what is below', () => {
    const [section] = layoutSections(
      items([
        { id: 1, type: 'stat', repeat: 'gpu', maxPerRow: 2, gridPos: { x: 0, y: 0, w: 24, h: 4 } },
        { id: 2, type: 'stat', gridPos: { x: 0, y: 4, w: 24, h: 3 } },
      ]),
      [gpu],
    );
    expect(section?.panels.map((p) => [p.key, p.pos.x, p.pos.y, p.pos.w])).toEqual([
      ['1-0', 0, 0, 12],
      ['1-1', 12, 0, 12],
      ['1-2', 0, 4, 12],
      ['2', 0, 8, 24],
    ]);
    expect(section?.panels[1]?.panel.scoped).toEqual({ gpu: { text: 'GPU 1', value: '1' } });
  });

  it('repeats rows with their panels and closes gaps', () => {
    const sections = layoutSections(
      items([
        { id: 9, type: 'row', repeat: 'gpu', gridPos: { x: 0, y: 0, w: 24, h: 1 } },
        { id: 1, type: 'stat', gridPos: { x: 0, y: 5, w: 6, h: 4 } },
      ]),
      [{ ...gpu, current: { text: ['GPU 0', 'GPU 2'], value: ['0', '2'] } }],
    );
    expect(sections.map((s) => [s.key, s.panels[0]?.key, s.panels[0]?.pos.y])).toEqual([
      ['row-9-0', '1-0', 0],
      ['row-9-2', '1-2', 0],
    ]);
  });
});

describe('address', () => {
  it('carries variables as Grafana does', () => {
    const params = new URLSearchParams('var-gpu=0&var-gpu=2&var-filters=job%7C%3D~%7Ca__gfp__b');
    expect(withUrl(gpu, params).current).toEqual({ value: ['0', '2'], text: ['GPU 0', 'GPU 2'] });
    const adhoc = withUrl(variable({ name: 'filters', type: 'adhoc' }), params);
    expect(adhoc.filters).toEqual([{ key: 'job', operator: '=~', value: 'a|b' }]);
    const out = new URLSearchParams('from=now-1h');
    writeVariable(out, adhoc);
    writeVariable(out, gpu);
    expect(out.toString()).toBe('from=now-1h&var-filters=job%7C%3D%7E%7Ca__gfp__b&var-gpu=%24__all');
    expect(allVariables([gpu])).toBe('var-gpu=%24__all');
  });
});

describe('ad hoc filters', () => {
  it('reach every selector and nothing else', () => {
    const f = [{ key: 'job', operator: '=', value: 'a"b' }];
    const add = (q: string): string => withFilters(q, f);
    expect(add('up')).toBe('up{job="a\\"b"}');
    expect(add('sum by (job) (rate(x{a="{"}[5m])) / on(job) group_left(y) z')).toBe('sum by (job) (rate(x{a="{",job="a\\"b"}[5m])) / on(job) group_left(y) z{job="a\\"b"}');
    expect(add('histogram_quantile(0.9, sum(rate(h_bucket[1m])) by (le)) or 1e3 > bool up offset 5m')).toBe(
      'histogram_quantile(0.9, sum(rate(h_bucket{job="a\\"b"}[1m])) by (le)) or 1e3 > bool up{job="a\\"b"} offset 5m',
    );
    expect(withFilters('up', [])).toBe('up');
  });
});

describe('inspector', () => {
  it('puts series side by side', () => {
    const frames = ['a', 'b,"c"'].map((name, n) => {
      const value = makeField('Value', 'number', [n, null]);
      value.displayName = name;
      return makeFrame('A', [makeField('Time', 'time', [0, 1000]), value], 'series');
    });
    expect(dataTables(frames, null)[0]?.rows).toEqual([
      ['1970-01-01T00:00:00.000Z', '0', '1'],
      ['1970-01-01T00:00:01.000Z', '', ''],
    ]);
    expect(framesCsv(frames).split('\r\n')[0]).toBe('Time,a,"b,""c"""');
  });
});

describe('list of dashboards', () => {
  const hit = (title: string, tags: string[], folderTitle = '') => ({ uid: title, title, tags, url: '', folderTitle, type: 'dash-db' });
  const hits = [hit('vLLM', ['llm']), hit('Node', ['host', 'llm'], 'Infra'), hit('Alpha', [])];
  it('searches, narrows and groups', () => {
    expect(matchingHits(hits, 'inf no', []).map((h) => h.title)).toEqual(['Node']);
    expect(matchingHits(hits, '', ['llm']).length).toBe(2);
    expect(groupByFolder(hits).map((g) => [g.folder, g.items.map((h) => h.title)])).toEqual([
      ['General', ['Alpha', 'vLLM']],
      ['Infra', ['Node']],
    ]);
    expect(tagCounts(hits)).toEqual([['llm', 2], ['host', 1]]);
  });
});
