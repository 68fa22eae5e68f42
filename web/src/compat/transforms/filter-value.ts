/** `filterByValue`: rows kept or dropped by what is in a column. */
import { num, obj, objects, str, type JsonObject } from '../json';
import { columnNames } from '../names';
import type { Cell } from '../reducers';
import { reordered, toNumber } from './columns';
import type { Transform } from './index';

export const filterByValue: Transform = (frames, options) => {
  const filters = objects(options['filters']);
  const include = str(options['type'], 'include') === 'include';
  const all = str(options['match'], 'any') === 'all';
  if (filters.length === 0) return frames;
  return frames.map((frame) => {
    const names = columnNames(frame, frames);
    const tests = filters.flatMap((f) => {
      const field = frame.fields[names.indexOf(str(f['fieldName']))];
      return field ? [{ field, test: valueTest(obj(f['config'])) }] : [];
    });
    if (tests.length === 0) return frame;
    const rows = Array.from({ length: frame.length }, (_, i) => i).filter((i) => {
      const check = ({ field, test }: (typeof tests)[number]): boolean => test(field.values[i] ?? null);
      return (all ? tests.every(check) : tests.some(check)) === include;
    });
    return reordered(frame, rows);
  });
};

function valueTest(config: JsonObject): (v: Cell) => boolean {
  const o = obj(config['options']);
  const limit = num(o['value']) ?? 0;
  const number = (test: (n: number) => boolean) => (v: Cell): boolean => {
    const n = toNumber(v);
    return n !== null && test(n);
  };
  switch (str(config['id'])) {
    case 'isNull':
      return (v) => v === null || v === '';
    case 'isNotNull':
      return (v) => v !== null && v !== '';
    case 'greater':
      return number((n) => n > limit);
    case 'greaterOrEqual':
      return number((n) => n >= limit);
    case 'lower':
      return number((n) => n < limit);
    case 'lowerOrEqual':
      return number((n) => n <= limit);
    case 'between':
      return number((n) => n > (num(o['from']) ?? -Infinity) && n < (num(o['to']) ?? Infinity));
    case 'equal':
      return (v) => String(v) === str(o['value']);
    case 'notEqual':
      return (v) => String(v) !== str(o['value']);
    case 'substring':
      return (v) => String(v).toLowerCase().includes(str(o['value']).toLowerCase());
    case 'notSubstring':
      return (v) => !String(v).toLowerCase().includes(str(o['value']).toLowerCase());
    case 'regex': {
      let re: RegExp | undefined;
      try {
        re = new RegExp(str(o['value']));
      } catch {
        re = undefined;
      }
      return (v) => re?.test(String(v)) === true;
    }
    default:
      return () => true;
  }
}
