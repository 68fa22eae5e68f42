/**
 * Transformations: frames in, frames out, one after another, as the panel lists them. The given frames are never
 * changed. One that is not known leaves the frames as they are and is reported, so that the panel can say so.
 */
import type { Frame } from '../frames';
import type { Transformation } from '../model';
import { fieldMatcher } from '../overrides';
import { calculateField } from './calculate';
import { concatenate, joinByField, merge, seriesToRows } from './combine';
import {
  convertFieldType,
  extractFields,
  filterByRefId,
  filterFieldsByName,
  labelsToFields,
  limit,
  organize,
  renameByRegex,
  sortBy,
} from './columns';
import { filterByValue } from './filter-value';
import { groupBy, groupToMatrix, reduceFrames, transpose } from './group';
import type { JsonObject } from '../json';

export type Transform = (frames: Frame[], options: JsonObject) => Frame[];

const TRANSFORMS: Record<string, Transform> = {
  organize,
  filterFieldsByName,
  filterByRefId,
  filterByValue,
  renameByRegex,
  convertFieldType,
  extractFields,
  labelsToFields,
  limit,
  sortBy,
  merge,
  concatenate,
  joinByField,
  seriesToColumns: joinByField,
  seriesToRows,
  reduce: reduceFrames,
  groupBy,
  groupingToMatrix: groupToMatrix,
  transpose,
  calculateField,
  // Our frames already are in either form; panels read both.
  prepareTimeSeries: (frames) => frames,
  noop: (frames) => frames,
};

export function isKnownTransform(id: string): boolean {
  return TRANSFORMS[id] !== undefined;
}

export function transformFrames(frames: Frame[], list: readonly Transformation[]): { frames: Frame[]; unknown: string[] } {
  const unknown: string[] = [];
  let current = frames;
  for (const t of list) {
    if (t.disabled) continue;
    const apply = TRANSFORMS[t.id];
    if (!apply) {
      unknown.push(t.id);
      continue;
    }
    const filter = t.filter;
    if (!filter) {
      current = apply(current, t.options);
      continue;
    }
    const matches = fieldMatcher(filter.id, filter.options);
    const takes = (f: Frame): boolean => f.fields.some((field) => matches(field, f, current));
    current = [...current.filter((f) => !takes(f)), ...apply(current.filter(takes), t.options)];
  }
  return { frames: current, unknown };
}
