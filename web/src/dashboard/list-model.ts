/** Searching and grouping the list of dashboards. Pure. */
import type { DashboardHit } from '../api/types';

/** Every word of the search must be in the title or a tag; every tag must be there. */
export function matchingHits(hits: readonly DashboardHit[], search: string, tags: readonly string[]): DashboardHit[] {
  const words = search.toLowerCase().split(/\s+/).filter((w) => w !== '');
  return hits.filter((h) => {
    const text = [h.title, ...h.tags, h.folderTitle ?? ''].join(' ').toLowerCase();
    return words.every((w) => text.includes(w)) && tags.every((t) => h.tags.includes(t));
  });
}

/** Folders by name, those without a folder first. */
export function groupByFolder(hits: readonly DashboardHit[]): { folder: string; items: DashboardHit[] }[] {
  const folders = new Map<string, DashboardHit[]>();
  for (const h of hits) {
    const name = h.folderTitle !== undefined && h.folderTitle !== '' ? h.folderTitle : 'General';
    folders.set(name, [...(folders.get(name) ?? []), h]);
  }
  return [...folders]
    .map(([folder, items]) => ({ folder, items: [...items].sort((a, b) => a.title.localeCompare(b.title)) }))
    .sort((a, b) => Number(b.folder === 'General') - Number(a.folder === 'General') || a.folder.localeCompare(b.folder));
}

/** Tags with how many dashboards have them, most used first. */
export function tagCounts(hits: readonly DashboardHit[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const h of hits) for (const t of h.tags) counts.set(t, (counts.get(t) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
