import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/**
 * What a first visit costs over plain HTTP, where browsers accept no brotli: gzip bytes of the built files.
 */
interface Packed {
  type: string;
  etag: string;
  immutable: boolean;
  bytes: number;
  gz: number;
  br: number;
}

const folder = new URL('../../assets/', import.meta.url);
const manifestFile = new URL('manifest.json', folder);
const built = existsSync(manifestFile);
const manifest: Record<string, Packed> = built ? (JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Packed>) : {};

/** Gzip bytes of a chunk: its code and, where it has one, its style. */
function size(name: string): number {
  const found = Object.keys(manifest).filter((path) => new RegExp(`^assets/${name}-[\\w-]{8}\\.(js|css)$`).test(path));
  expect(found.filter((path) => path.endsWith('.js')), name).toHaveLength(1);
  return found.reduce((sum, path) => sum + (manifest[path]?.gz ?? Infinity), 0);
}

/** What every page needs. */
const page = (): number => (manifest['index.html']?.gz ?? Infinity) + size('main');

describe.runIf(built)('byte budgets', () => {
  test('a dashboard comes in four requests and 110 kB', () => {
    // What few dashboards need (old files' migration, rare panels, the inspector) comes by import() when it is needed.
    expect(page() + size('dashboard'), `the dashboard chunk is ${size('dashboard')} bytes`).toBeLessThanOrEqual(110_000);
    expect(importsOf('dashboard')).toEqual(['main']);
    expect(Object.keys(manifest).filter((path) => /dashboard-[\w-]{8}\.css$/.test(path))).toEqual([]);
  });

  test('the query page comes in 270 kB, its editor after the first paint', () => {
    const before = page() + size('query');
    expect(before).toBeLessThanOrEqual(90_000);
    expect(before + size('codemirror')).toBeLessThanOrEqual(270_000);
    expect(importsOf('query')).toEqual(['main']);
  });

  test('everything together stays below 400 kB', () => {
    expect(Object.values(manifest).reduce((sum, file) => sum + file.gz, 0)).toBeLessThanOrEqual(400_000);
  });

  test('every listed file is there, as long as it says', () => {
    for (const [path, file] of Object.entries(manifest)) {
      expect(statSync(new URL(`${path}.gz`, folder)).size, path).toBe(file.gz);
      expect(statSync(new URL(`${path}.br`, folder)).size, path).toBe(file.br);
      expect(file.immutable, path).toBe(path.startsWith('assets/'));
    }
  });
});

/** Names of the chunks that a chunk needs before it can run. */
function importsOf(start: string): string[] {
  const path = Object.keys(manifest).find((p) => p.startsWith(`assets/${start}-`) && p.endsWith('.js')) ?? '';
  const file = new URL(`../dist/${path}`, import.meta.url);
  if (!existsSync(file)) return ['main'];
  const source = readFileSync(file, 'utf8');
  const found = [...source.matchAll(/from\s*["']\.\/([\w.]+?)-[\w-]{8}\.js["']/g)].map((m) => m[1] ?? '');
  return [...new Set(found)].sort();
}
