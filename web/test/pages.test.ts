import { describe, expect, test } from 'vitest';
import { basePrefix, isPagePath } from '../scripts/dev-api.mjs';
import type { ActiveTarget } from '../src/api/types';
import { axisLabels, formatBytes, shortNumber } from '../src/charts/number';
import { timeLabels } from '../src/charts/time-axis';
import { glanceValues, latest, samplesPerSecond, sparkPath } from '../src/home/glance';
import { valueRange } from '../src/query/value-range';
import { appPath } from '../src/shell/base';
import { isPage, matchRoute } from '../src/shell/routes';
import { fieldName, fieldValue } from '../src/status/describe';
import { countHealth, groupTargets } from '../src/status/targets';

describe('routes', () => {
  test.each([
    ['', 'home'],
    ['prometheus/query', 'query'],
    ['prometheus/graph', 'redirect'],
    ['prometheus', 'redirect'],
    ['prometheus/targets', 'targets'],
    ['prometheus/tsdb-status', 'redirect'],
    ['grafana', 'dashboards'],
    ['grafana/dashboards', 'dashboards'],
    ['grafana/d/abc/some-name', 'dashboard'],
    ['grafana/d-solo/abc/some-name', 'dashboard'],
    ['prometheus/api/v1/query', 'missing'],
    ['prometheus/metrics', 'missing'],
    ['metrics', 'missing'],
    ['grafana/api/health', 'missing'],
  ])('%j shows %s', (path, page) => expect(matchRoute(path).page).toBe(page));

  test('segments are decoded', () => {
    expect(matchRoute('grafana/d/a%20b/x')).toEqual({ page: 'dashboard', uid: 'a b', slug: 'x', solo: false });
  });

  test('the development server answers the same pages', () => {
    for (const path of ['', 'prometheus', 'prometheus/query', 'prometheus/flags', 'grafana', 'grafana/d/a/b', 'prometheus/api/v1/query', 'metrics', 'grafana/api/health']) {
      expect(isPagePath(`/${path}`), path).toBe(isPage(path));
    }
  });

  test('paths below a sub-path', () => {
    const root = 'http://box/sub/';
    expect(appPath(new URL('http://box/sub/prometheus/query?x=1'), root)).toBe('prometheus/query');
    expect(appPath(new URL('http://box/sub'), root)).toBe('');
    expect(appPath(new URL('http://box/other'), root)).toBeNull();
    expect(appPath(new URL('http://elsewhere/sub/'), root)).toBeNull();
    expect(basePrefix('/grafana/d/a/b')).toBe('../../../');
    expect(basePrefix('/')).toBe('./');
  });
});

describe('numbers', () => {
  test.each([
    [0, '0'],
    [1234, '1.23k'],
    [0.00001234, '1.23e-5'],
    [-5_600_000, '-5.6M'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [0.25, '0.25'],
  ])('%d is %s', (value, text) => expect(shortNumber(value)).toBe(text));
  test('neighbours on an axis differ', () => {
    const labels = axisLabels([100_000, 100_010, 100_020, 100_030]);
    expect(new Set(labels).size).toBe(4);
    expect(axisLabels([0, 0.1, 0.2, 0.30000000000000004])).toEqual(['0', '0.1', '0.2', '0.3']);
  });
  test('bytes', () => expect(formatBytes(1_750_000)).toBe('1.67 MiB'));
  test('the value axis has air, and none below zero when it starts there', () => {
    expect(valueRange(0, 10, true)).toEqual([0, 10.6]);
    expect(valueRange(5, 5, false)).toEqual([4.5, 5.5]);
    expect(valueRange(null, null, false)).toEqual([0, 1]);
    expect(valueRange(-5, 5, true)[0]).toBeLessThan(-5);
  });
});

test('time labels name the day where it changes', () => {
  const hour = 3600;
  const start = Date.parse('2026-11-20T22:00:00Z') / 1000;
  expect(timeLabels([start, start + hour, start + 2 * hour, start + 3 * hour], hour, 'utc')).toEqual(['22:00', '23:00', '11-21\n00:00', '01:00']);
  expect(timeLabels([start], 86_400, 'utc')).toEqual(['11-20']);
  expect(timeLabels([start], 5, 'utc')).toEqual(['22:00:00']);
});

function target(change: Partial<ActiveTarget>): ActiveTarget {
  return {
    discoveredLabels: {},
    labels: { job: 'a', instance: 'x:1' },
    scrapePool: 'a',
    scrapeUrl: 'http://x:1/metrics',
    globalUrl: '',
    lastError: '',
    lastScrape: '',
    lastScrapeDuration: 0,
    health: 'up',
    scrapeInterval: '5s',
    scrapeTimeout: '5s',
    ...change,
  };
}

describe('targets', () => {
  const all = [target({}), target({ health: 'down', lastError: 'connection refused', scrapeUrl: 'http://y:1/metrics' }), target({ scrapePool: 'b', labels: { job: 'b', instance: 'z:1' } })];
  test('trouble comes first, counts are of all', () => {
    const pools = groupTargets(all, { pool: '', health: '', search: '' });
    expect(pools.map((p) => [p.name, p.up, p.total])).toEqual([
      ['a', 1, 2],
      ['b', 1, 1],
    ]);
    expect(pools[0]?.targets[0]?.health).toBe('down');
    expect(countHealth(all)).toEqual({ up: 2, down: 1, unknown: 0 });
  });
  test('filters', () => {
    expect(groupTargets(all, { pool: '', health: '', search: 'REFUSED y:1' })).toHaveLength(1);
    expect(groupTargets(all, { pool: 'b', health: 'down', search: '' })).toEqual([]);
  });
});

describe('home', () => {
  test('samples a second follow each target and its interval', () => {
    const scraped = [
      { metric: { job: 'a', instance: 'x:1' }, value: [0, '500'] as [number, string] },
      { metric: { job: 'gone', instance: 'x:1' }, value: [0, '900'] as [number, string] },
    ];
    expect(samplesPerSecond([target({})], scraped)).toBe(100);
  });
  test('values, the newest, and a line with a gap', () => {
    const values = glanceValues([{ metric: {}, values: [[60, '1'], [120, '3'], [240, '2']] }], 60, 240, 60);
    expect(values).toEqual([1, 3, null, 2]);
    expect(latest(values)).toBe(2);
    expect(sparkPath(values, 30, 30)).toBe('M0.0 20.0L10.0 0.0M30.0 10.0');
    expect(sparkPath([null, 1], 30, 30)).toBe('');
  });
});

test('fields of the status page', () => {
  expect(fieldName('storageRetention')).toBe('Retention');
  expect(fieldName('someNewThing')).toBe('Some new thing');
  expect(fieldValue('startTime', '2026-11-21T20:13:53Z', 'utc', Date.parse('2026-11-21T21:13:53Z'))).toBe('2026-11-21 20:13:53 (1h ago)');
  expect(fieldValue('reloadConfigSuccess', true, 'utc')).toBe('successful');
});
