/** Test data beside the project: recorded outputs and real dashboards. Absent in a lone clone; those tests then say so and skip. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

export const sharedDir = process.env['METERBOX_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');

export function hasShared(name: string): boolean {
  const there = existsSync(resolve(sharedDir, name));
  if (!there) console.log(`skipped: no ${name} beside the project (set METERBOX_SHARED)`);
  return there;
}

export function sharedJson<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(sharedDir, name), 'utf8')) as T;
}

export function sharedFiles(folder: string, ending: string): string[] {
  return readdirSync(resolve(sharedDir, folder))
    .filter((f) => f.endsWith(ending))
    .sort();
}
