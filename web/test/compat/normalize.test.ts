import { describe, expect, it } from 'vitest';
import { migratePanel } from '../../src/compat/migrate';
import { needsMigration, normalizeDashboard as normalizeWith } from '../../src/compat/normalize';
import type { Dashboard, Panel } from '../../src/compat/model';
import { isKnownTransform } from '../../src/compat/transforms';
import { hasShared, sharedFiles, sharedJson } from './oracle';

/** As the page does: old panels are turned into today's where the file has some. */
function normalizeDashboard(file: unknown): Dashboard {
  return needsMigration(file) ? normalizeWith(file, migratePanel) : normalizeWith(file);
}

function panelsOf(file: unknown): Panel[] {
  return normalizeDashboard(file).items.flatMap((i) => (i.kind === 'panel' ? [i.panel] : i.row.panels));
}

describe('normalize', () => {
  it('takes an empty file', () => {
    const d = normalizeDashboard({});
    expect(d.items).toEqual([]);
    expect(d.time).toEqual({ from: 'now-6h', to: 'now' });
    expect(normalizeDashboard(null).title).toBe('Untitled');
  });

  it('unwraps API bodies, resources and config maps', () => {
    expect(normalizeDashboard({ dashboard: { title: 'a' } }).title).toBe('a');
    expect(normalizeDashboard({ kind: 'GrafanaDashboard', spec: { json: '{"title":"b"}' } }).title).toBe('b');
    expect(normalizeDashboard({ kind: 'ConfigMap', data: { 'x.json': '{"title":"c"}' } }).title).toBe('c');
    expect(normalizeDashboard({ kind: 'Dashboard', metadata: { name: 'u' }, spec: { title: 'd', panels: [] } }).uid).toBe('u');
  });

  it('gives an open row the panels after it and a collapsed one its own', () => {
    const d = normalizeDashboard({
      panels: [
        { type: 'row', title: 'one', gridPos: { x: 0, y: 0, w: 24, h: 1 } },
        { type: 'stat', id: 1, gridPos: { x: 0, y: 1, w: 4, h: 4 } },
        { type: 'row', title: 'two', collapsed: true, gridPos: { x: 0, y: 5, w: 24, h: 1 }, panels: [{ type: 'stat', id: 1 }] },
      ],
    });
    expect(d.items.map((i) => (i.kind === 'row' ? [i.row.title, i.row.collapsed, i.row.panels.length] : null))).toEqual([
      ['one', false, 1],
      ['two', true, 1],
    ]);
    const ids = d.items.flatMap((i) => (i.kind === 'row' ? i.row.panels.map((p) => p.id) : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('lays out the rows of old files', () => {
    const file = { rows: [{ height: '190px', panels: [{ type: 'graph', span: 8 }, { type: 'singlestat', span: 4, format: 'bytes', valueName: 'current' }] }] };
    const [graph, stat] = panelsOf(file);
    expect(graph?.gridPos).toEqual({ x: 0, y: 0, w: 16, h: 5 });
    expect(graph?.type).toBe('timeseries');
    expect(stat?.gridPos.x).toBe(16);
    expect(stat?.type).toBe('stat');
    expect(stat?.fieldConfig.defaults.unit).toBe('bytes');
  });

  it('turns a graph panel into a time series', () => {
    const [p] = panelsOf({
      panels: [
        {
          type: 'graph',
          fill: 3,
          stack: true,
          percentage: true,
          nullPointMode: 'connected',
          yaxes: [{ format: 's', min: 0, label: 'took' }, { format: 'short' }],
          legend: { show: true, alignAsTable: true, rightSide: true, values: true, avg: true, current: true },
          seriesOverrides: [{ alias: '/errors/', yaxis: 2, color: '#ff0000', transform: 'negative-Y' }],
          aliasColors: { total: 'blue' },
        },
      ],
    });
    expect(p?.fieldConfig.defaults).toMatchObject({ unit: 's', min: 0 });
    expect(p?.fieldConfig.defaults.custom).toMatchObject({ fillOpacity: 30, spanNulls: true, axisLabel: 'took', stacking: { mode: 'percent', group: 'A' } });
    expect(p?.options['legend']).toMatchObject({ displayMode: 'table', placement: 'right', calcs: ['mean', 'lastNotNull'] });
    expect(p?.fieldConfig.overrides.map((o) => o.matcher)).toEqual([
      { id: 'byName', options: 'total' },
      { id: 'byRegexp', options: '/errors/' },
    ]);
  });

  it.skipIf(!hasShared('dashboards'))('reads every real dashboard', () => {
    const seen: string[] = [];
    const drawn = new Set('timeseries stat gauge bargauge table heatmap text piechart state-timeline status-history barchart histogram logs'.split(' '));
    for (const file of sharedFiles('dashboards', '.json')) {
      const d = normalizeDashboard(sharedJson(`dashboards/${file}`));
      expect(d.title, file).not.toBe('');
      const panels = d.items.flatMap((i) => (i.kind === 'panel' ? [i.panel] : i.row.panels));
      expect(panels.length, file).toBeGreaterThan(0);
      for (const p of panels) {
        if (!drawn.has(p.type)) seen.push(`${file}: ${p.type}`);
        for (const t of p.transformations) if (!isKnownTransform(t.id)) seen.push(`${file}: ${t.id}`);
      }
      expect(new Set(panels.map((p) => p.id)).size, file).toBe(panels.length);
    }
    expect(seen).toEqual([]);
  });
});
