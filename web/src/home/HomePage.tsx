import { useState } from 'preact/hooks';
import { buildInfo, queryInstant, runtimeInfo, targets as askTargets, tsdbStatus } from '../api/prometheus';
import { sampleValue } from '../api/samples';
import type { QueryData, RuntimeInfo } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { formatBytes, formatCount, shortNumber } from '../charts/number';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { describeDuration } from '../ui/time/duration';
import { useAutoRefresh } from '../ui/time/refresh';
import { Addresses } from './Addresses';
import { DashboardList } from './DashboardList';
import { samplesPerSecond } from './glance';
import { Figure, GlanceGroups } from './Figures';
import { TargetTrouble } from './TargetTrouble';
import '../styles/home.css';

const REFRESH_MS = 15_000;
/** What the store takes in, pushed and collected samples included; a box that does not scrape itself has no such series. */
const APPENDED_EXPR = 'sum(rate(prometheus_tsdb_head_samples_appended_total[2m]))';
const DISK_EXPR = 'sum(prometheus_tsdb_storage_blocks_bytes) + (sum(prometheus_tsdb_wal_storage_size_bytes) or vector(0))';
const MEMORY_EXPR = 'sum(process_resident_memory_bytes{job=~"meterbox|prometheus"})';

/** `/`: what this box is and how it fares. */
export function HomePage() {
  const [run, setRun] = useState(0);
  const targets = useAnswer('home targets', (signal) => askTargets('active', signal));
  const runtime = useAnswer('home runtime', runtimeInfo);
  const build = useAnswer('home build', buildInfo);
  const tsdb = useAnswer('home tsdb', (signal) => tsdbStatus(1, signal));
  const scraped = useAnswer('home scraped', (signal) => queryInstant({ expr: 'scrape_samples_scraped' }, signal));
  const appended = useAnswer('home appended', (signal) => queryInstant({ expr: APPENDED_EXPR }, signal));
  const disk = useAnswer('home disk', (signal) => queryInstant({ expr: DISK_EXPR }, signal));
  const memory = useAnswer('home memory', (signal) => queryInstant({ expr: MEMORY_EXPR }, signal));
  const answers = [targets, runtime, tsdb, scraped, appended, disk, memory];
  useAutoRefresh(REFRESH_MS, () => {
    setRun((n) => n + 1);
    for (const answer of answers) answer.reload();
  });

  const active = targets.data?.activeTargets ?? [];
  const up = active.filter((t) => t.health === 'up').length;
  const scrapedRate = scraped.data?.resultType === 'vector' ? samplesPerSecond(active, scraped.data.result) : null;
  const rate = single(appended.data) ?? scrapedRate;
  const series = tsdb.data?.headStats?.numSeries;
  const diskBytes = single(disk.data);
  const memoryBytes = single(memory.data);
  const host = text(runtime.data, 'hostname');
  const error = targets.error ?? runtime.error;

  return (
    <div class="page home">
      <header class="home-head">
        <div>
          <h1>{host === '' ? 'This box' : host}</h1>
          <p class="muted">
            meterbox {text(build.data, 'applicationVersion')} collects, stores and shows the metrics of this box and of everything it is told to scrape.
          </p>
        </div>
        <div class="row">
          <a class="btn primary" href="prometheus/query">
            <Icon name="query" />
            Query
          </a>
          <a class="btn" href="grafana/">
            <Icon name="dashboard" />
            Dashboards
          </a>
        </div>
      </header>
      {error && <Notice kind="bad">{error.message}</Notice>}
      <div class="figures">
        <Figure
          label="Targets up"
          href="prometheus/targets"
          value={targets.data === null ? null : `${up} of ${active.length}`}
          tone={active.length > 0 ? (up === active.length ? 'ok' : 'bad') : undefined}
        />
        <Figure label="Samples" value={rate === null || targets.data === null ? null : `${shortNumber(rate)}/s`} />
        <Figure label="Active series" href="prometheus/tsdb" value={series === undefined ? null : formatCount(series)} />
        {diskBytes !== null && <Figure label="On disk" value={formatBytes(diskBytes)} note={retention(runtime.data)} />}
        {memoryBytes !== null && <Figure label="Memory" value={formatBytes(memoryBytes)} />}
        <Figure label="Uptime" href="prometheus/status" value={runtime.data === null ? null : uptime(runtime.data)} />
      </div>
      <TargetTrouble targets={active} loaded={targets.data !== null} />
      <GlanceGroups run={run} />
      <div class="home-columns">
        <DashboardList />
        <Addresses />
      </div>
    </div>
  );
}

function single(data: QueryData | null): number | null {
  if (data?.resultType !== 'vector') return null;
  const value = data.result[0]?.value;
  const parsed = value ? sampleValue(value[1]) : NaN;
  return Number.isFinite(parsed) ? parsed : null;
}

function text(data: RuntimeInfo | Record<string, string> | null, field: string): string {
  const value = data?.[field];
  return typeof value === 'string' ? value : '';
}

function retention(data: RuntimeInfo | null): string | undefined {
  const value = text(data, 'storageRetention');
  return value === '' ? undefined : `kept ${value}`;
}

function uptime(data: RuntimeInfo): string {
  const started = Date.parse(text(data, 'startTime'));
  return Number.isNaN(started) ? '–' : describeDuration(Math.max(Math.round((Date.now() - started) / 1000) * 1000, 1000));
}
