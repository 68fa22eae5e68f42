import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizeDashboard } from '../../src/compat/normalize';
import { variablesIn } from '../../src/compat/interpolate';

const folder = resolve(import.meta.dirname, '../../../dashboards');

describe('shipped dashboards', () => {
  const files = readdirSync(folder).filter((f) => f.endsWith('.json'));

  it('are there', () => {
    const uids = files.map((f) => normalizeDashboard(JSON.parse(readFileSync(resolve(folder, f), 'utf8'))).uid);
    expect(uids).toEqual(expect.arrayContaining(['meterbox-host', 'meterbox-vllm', 'meterbox-self']));
  });

  it.each(files)('%s explains its panels and uses only variables it has', (file) => {
    const d = normalizeDashboard(JSON.parse(readFileSync(resolve(folder, file), 'utf8')));
    const panels = d.items.flatMap((i) => (i.kind === 'panel' ? [i.panel] : i.row.panels));
    expect(panels.length).toBeGreaterThan(5);
    const names = new Set(d.variables.map((v) => v.name));
    for (const p of panels) {
      expect(p.title, `${file} panel ${p.id}`).not.toBe('');
      expect(p.description, `${file}: ${p.title}`).not.toBe('');
      for (const t of p.targets) for (const v of variablesIn(t.expr)) expect(names.has(v) || v.startsWith('__'), `${p.title}: $${v}`).toBe(true);
    }
  });
});
