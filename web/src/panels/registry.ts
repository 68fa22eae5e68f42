/** Which component draws which panel type, and what is said about types and data sources that cannot be drawn. */
import type { ComponentType } from 'preact';
import type { JsonObject } from '../compat/json';
import type { DataSourceRef, Panel } from '../compat/model';
import { BarGauge } from './BarGauge';
import { later } from '../ui/Later';
import { Gauge } from './Gauge';
import { Heatmap } from './heatmap/Heatmap';
import { Stat } from './Stat';
import { Table } from './Table';
import { Text } from './Text';
import { TimeSeries } from './timeseries/TimeSeries';
import type { PanelProps } from './types';

const PANELS: Record<string, ComponentType<PanelProps>> = {
  timeseries: TimeSeries,
  stat: Stat,
  gauge: Gauge,
  bargauge: BarGauge,
  table: Table,
  heatmap: Heatmap,
  text: Text,
  piechart: rare('piechart'),
  'state-timeline': rare('state-timeline'),
  'status-history': rare('status-history'),
  barchart: rare('barchart'),
  histogram: rare('histogram'),
};

function rare(type: string): ComponentType<PanelProps> {
  return later(async () => {
    const component = (await import('./rare')).RARE_PANELS[type];
    if (!component) throw new Error(`no panel of the type ${type}`);
    return component;
  }, 'panel-skeleton');
}

export function panelComponent(type: string): ComponentType<PanelProps> | undefined {
  return PANELS[type];
}

/** Kinds that show only what is written in the panel. */
export function needsData(type: string): boolean {
  return type !== 'text';
}

const PROMETHEUS_LIKE = /^(|prometheus|victoriametrics-metrics-datasource|grafana-amazonprometheus-datasource|grafana-azureprometheus-datasource|mixed|datasource|dashboard|__expr__|grafana)$/;

/** Why a panel cannot be drawn, or null. */
export function unsupported(panel: Panel): string | null {
  if (!PANELS[panel.type]) return `This panel is of the type “${panel.type}”, which is not drawn here.`;
  if (!needsData(panel.type)) return null;
  const foreign = [panel.datasource, ...panel.targets.map((t) => t.datasource)].find((d) => isForeign(d));
  const usable = panel.targets.some((t) => !isForeign(t.datasource) && (t.expr !== '' || t.math !== ''));
  if (panel.targets.length > 0 && !foreign && !usable && panel.targets.every((t) => t.expr === '' && t.math === '' && isOtherQuery(t.source))) {
    return 'The queries of this panel are not written in PromQL, so they cannot be asked here.';
  }
  if (foreign && !usable) return `This panel needs a ${sourceName(foreign.type)} data source; here there is Prometheus data only.`;
  return null;
}

/** Fields of query languages that are not PromQL (OpenTSDB, SQL, InfluxQL, ...). */
function isOtherQuery(source: JsonObject): boolean {
  return ['metric', 'rawSql', 'measurement', 'query', 'target', 'url'].some((k) => typeof source[k] === 'string' && source[k] !== '');
}

function isForeign(d: DataSourceRef): boolean {
  return !PROMETHEUS_LIKE.test(d.type);
}

function sourceName(type: string): string {
  const names: Record<string, string> = { loki: 'Loki', tempo: 'Tempo', elasticsearch: 'Elasticsearch', opentsdb: 'OpenTSDB' };
  return names[type] ?? type;
}
