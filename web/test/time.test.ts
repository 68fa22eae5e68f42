import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ago } from '../src/status/ago';
import { describeDuration, formatDuration, parseDuration } from '../src/ui/time/duration';
import { parseTime } from '../src/ui/time/parse';
import { absoluteRange, describeRange, QUICK_RANGES, resolveRange, shift, zoomOut } from '../src/ui/time/range';
import { refreshMs } from '../src/ui/time/refresh';
import { formatInstant, formatOffset, fromWall, toWall, zoneOffset } from '../src/ui/time/zone';

const NOW = Date.parse('2026-11-21T21:13:53.106Z');
const at = (text: string): number => Date.parse(text);

describe('times as Grafana writes them', () => {
  const shared = process.env['METERBOX_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname;
  const file = join(shared, 'oracle', 'datemath_sample.json');
  test('agree with recorded results', () => {
    if (!existsSync(file)) {
      console.log(`skipped: ${file} is absent`);
      return;
    }
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, [string, string, string, boolean]>;
    for (const [text, start, end] of Object.values(recorded)) {
      const options = { zone: 'utc', now: NOW };
      const tolerance = text.includes('/') || text.startsWith('2') ? 0 : 10;
      expect(Math.abs((parseTime(text, options) ?? 0) - at(start)), text).toBeLessThanOrEqual(tolerance);
      expect(Math.abs((parseTime(text, { ...options, roundUp: true }) ?? 0) - at(end)), text).toBeLessThanOrEqual(tolerance);
    }
  });

  test.each([
    ['now-6h', '2026-11-21T15:13:53.106Z'],
    ['now - 90m', '2026-11-21T19:43:53.106Z'],
    ['now-1d/d', '2026-11-20T00:00:00.000Z'],
    ['now/Q', '2026-10-01T00:00:00.000Z'],
    ['now-1y/y', '2025-01-01T00:00:00.000Z'],
    ['2026-11-20||+1d/M', '2026-11-01T00:00:00.000Z'],
    ['1790000000000', '2026-09-21T14:13:20.000Z'],
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['20261120T101112', '2026-11-20T10:11:12.000Z'],
    ['2026-03-31||-1M', '2026-02-28T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parseTime(text, { zone: 'utc', now: NOW }) ?? 0).toISOString()).toBe(expected);
  });

  test.each(['', 'soon', 'now-', 'now-6', 'now-6h/x', '2026-13-01', '2026-02-30', '2026-01-01 25:00', '12'])('%j is refused', (text) => {
    expect(parseTime(text, { zone: 'utc', now: NOW })).toBeNull();
  });

  test('the week starts where it is told to', () => {
    expect(new Date(parseTime('now/w', { zone: 'utc', now: NOW, weekStart: 1 }) ?? 0).toISOString()).toBe('2026-11-16T00:00:00.000Z');
  });
});

describe('zones', () => {
  test('a day is a day across a clock change', () => {
    const noon = at('2026-10-25T12:00:00Z');
    const start = parseTime('now/d', { zone: 'Europe/Berlin', now: noon }) ?? 0;
    const end = parseTime('now/d', { zone: 'Europe/Berlin', now: noon, roundUp: true }) ?? 0;
    expect(end + 1 - start).toBe(25 * 3_600_000);
    expect(formatInstant(start, 'Europe/Berlin')).toBe('2026-10-25 00:00:00');
  });

  test('wall time goes there and back', () => {
    for (const zone of ['utc', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Auckland']) {
      for (const instant of [0, NOW, at('2026-03-29T01:30:00Z'), at('2026-07-01T23:59:59.999Z')]) {
        expect(fromWall(toWall(instant, zone), zone), `${zone} ${instant}`).toBe(instant);
      }
    }
  });

  test('a time that a clock change skips moves forward', () => {
    const wall = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0, ms: 0 };
    expect(formatInstant(fromWall(wall, 'Europe/Berlin'), 'Europe/Berlin')).toBe('2026-03-29 03:30:00');
  });

  test('offsets', () => {
    expect(zoneOffset(NOW, 'Asia/Kolkata')).toBe(5.5 * 3_600_000);
    expect(formatOffset(NOW, 'America/St_Johns')).toBe('UTC-03:30');
  });
});

describe('durations', () => {
  test.each([
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1d', 86_400_000],
    ['90', 90_000],
    ['1.5', 1500],
    ['2w', 14 * 86_400_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(['', 'h', '1x', '-1h', '1m1h'])('%j is refused', (text) => expect(parseDuration(text)).toBeNull());
  test.each([
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [8 * 86_400_000, '8d'],
    [14 * 86_400_000, '2w'],
    [1500, '1s500ms'],
    [0, '0s'],
  ])('%i ms is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
  test('for people', () => {
    expect(describeDuration(12_345)).toBe('12.3 s');
    expect(describeDuration(0.25)).toBe('250 µs');
    expect(describeDuration(3 * 86_400_000 + 4 * 3_600_000)).toBe('3d 4h');
  });
  test('ago', () => {
    expect(ago('2026-11-21T21:13:50Z', NOW)).toBe('3.1 s ago');
    expect(ago('0001-01-01T00:00:00Z', NOW)).toBe('never');
  });
});

describe('ranges', () => {
  test('every quick range resolves', () => {
    for (const quick of QUICK_RANGES) expect(resolveRange(quick, 'utc', NOW), quick.label).not.toBeNull();
  });
  test('an end before its start is no range', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, 'utc', NOW)).toBeNull();
  });
  test('zooming out stays out of the future', () => {
    const hour = 3_600_000;
    expect(zoomOut({ from: NOW - hour, to: NOW }, NOW)).toEqual({ from: NOW - 2 * hour, to: NOW });
    expect(zoomOut({ from: NOW - 10 * hour, to: NOW - 8 * hour }, NOW)).toEqual({ from: NOW - 11 * hour, to: NOW - 7 * hour });
  });
  test('shifting right stops at now', () => {
    const hour = 3_600_000;
    expect(shift({ from: NOW - 2 * hour, to: NOW - hour / 4 }, 1, NOW).to).toBe(NOW);
    expect(shift({ from: NOW - 2 * hour, to: NOW }, -1, NOW)).toEqual({ from: NOW - 3 * hour, to: NOW - hour });
  });
  test('descriptions', () => {
    expect(describeRange({ from: 'now-6h', to: 'now' }, 'utc')).toBe('Last 6 hours');
    expect(describeRange({ from: 'now-9m', to: 'now' }, 'utc')).toBe('Last 9 minutes');
    expect(describeRange(absoluteRange({ from: 86_400_000, to: 86_460_000 }), 'utc')).toBe('1970-01-02 00:00:00 to 1970-01-02 00:01:00');
  });
});

test('automatic refresh follows the width of the range', () => {
  expect(refreshMs('', 3_600_000)).toBeNull();
  expect(refreshMs('30s', 3_600_000)).toBe(30_000);
  expect(refreshMs('auto', 300_000)).toBe(5_000);
  expect(refreshMs('auto', 24 * 3_600_000)).toBe(300_000);
});
