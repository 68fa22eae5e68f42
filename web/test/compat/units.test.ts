import { describe, expect, it } from 'vitest';
import { formatValue } from '../../src/compat/units';
import { formatMoment, fromNow } from '../../src/compat/unit-time';
import { hasShared, sharedJson } from './oracle';

interface UnitOracle {
  out: Record<string, Record<string, Record<string, string>>>;
}

describe('units', () => {
  it('writes the common ones as people know them', () => {
    expect(formatValue(1536, 'bytes')).toBe('1.50 KiB');
    expect(formatValue(1536, 'decbytes')).toBe('1.54 kB');
    expect(formatValue(0.0123, 's')).toBe('12.3 ms');
    expect(formatValue(0.256, 'percentunit')).toBe('25.6%');
    expect(formatValue(12345, 'short')).toBe('12.3 K');
    expect(formatValue(-3, 'currencyUSD')).toBe('-$3');
    expect(formatValue(3.14159, 'tokens/s', 1)).toBe('3.1 tokens/s');
    expect(formatValue(NaN, 's')).toBe('NaN s');
    expect(formatValue(90_000, 'dtdurationms', 1)).toBe('1 minute, 30 seconds');
  });

  it('formats dates in a zone and relative to now', () => {
    expect(formatMoment(0, 'YYYY-MM-DD HH:mm [h]', 'utc')).toBe('1970-01-01 00:00 h');
    expect(formatMoment(0, 'HH:mm', 'Asia/Tokyo')).toBe('09:00');
    expect(fromNow(1000, 301_000)).toBe('5 minutes ago');
  });

  it.skipIf(!hasShared('oracle/units.json'))('equals every recorded output', () => {
    const { out } = sharedJson<UnitOracle>('oracle/units.json');
    const wrong: string[] = [];
    let all = 0;
    for (const [unit, byDecimals] of Object.entries(out)) {
      // "57 years ago" depends on when the recording was made.
      if (unit === 'dateTimeFromNow') continue;
      for (const [name, values] of Object.entries(byDecimals)) {
        const decimals = name === 'auto' ? undefined : Number(name.slice(1));
        for (const [value, want] of Object.entries(values)) {
          all++;
          const got = formatValue(Number(value), unit, decimals, 'utc');
          // Which space stands before AM is a matter of the ICU version, not ours.
          if (got !== want.replace('\u202f', ' ') && got !== want) wrong.push(`${unit} ${name} ${value}: got '${got}', want '${want}'`);
        }
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(all).toBeGreaterThan(40_000);
  });
});
