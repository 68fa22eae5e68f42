/** Shapes of the Prometheus HTTP API, as they come over the wire. */

export type Labels = Record<string, string>;

/** `[seconds since 1970, value as text]`; the text keeps `NaN`, `+Inf` and full precision. */
export type WireSample = [number, string];

/** `[boundary rule, lower, upper, count]` */
export type WireBucket = [number, string, string, string];

export interface WireHistogram {
  count: string;
  sum: string;
  buckets?: WireBucket[];
}

export interface VectorSeries {
  metric: Labels;
  value?: WireSample;
  histogram?: [number, WireHistogram];
}

export interface MatrixSeries {
  metric: Labels;
  values?: WireSample[];
  histograms?: [number, WireHistogram][];
}

export type QueryData = { stats?: QueryStats } & (
  | { resultType: 'vector'; result: VectorSeries[] }
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'scalar'; result: WireSample }
  | { resultType: 'string'; result: WireSample }
);

/** Times in seconds. */
export interface QueryStats {
  timings?: Record<string, number>;
  samples?: { totalQueryableSamples?: number; peakSamples?: number };
}

export interface MetricMetadata {
  type: string;
  help: string;
  unit: string;
}

export type TargetHealth = 'up' | 'down' | 'unknown';

export interface ActiveTarget {
  discoveredLabels: Labels;
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  /** RFC 3339; year 1 where it was never scraped. */
  lastScrape: string;
  /** Seconds. */
  lastScrapeDuration: number;
  health: TargetHealth;
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface DroppedTarget {
  discoveredLabels: Labels;
  scrapePool?: string;
}

export interface TargetsData {
  activeTargets: ActiveTarget[];
  droppedTargets: DroppedTarget[];
  droppedTargetCounts?: Record<string, number> | null;
}

export type BuildInfo = Record<string, string>;

export type RuntimeInfo = Record<string, string | number | boolean>;

export interface TsdbStat {
  name: string;
  value: number;
}

export interface TsdbStatus {
  headStats?: {
    numSeries: number;
    numLabelPairs?: number;
    chunkCount: number;
    /** Milliseconds. */
    minTime: number;
    maxTime: number;
  };
  seriesCountByMetricName?: TsdbStat[];
  labelValueCountByLabelName?: TsdbStat[];
  memoryInBytesByLabelName?: TsdbStat[];
  seriesCountByLabelValuePair?: TsdbStat[];
}

export interface DashboardHit {
  uid: string;
  title: string;
  tags: string[];
  url: string;
  folderTitle?: string;
  folderUid?: string;
  type: string;
}
