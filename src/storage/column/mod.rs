//! Columns: the values of one series over one stretch, as few bytes as we know how.
//!
//! Most metrics are integers, or decimals with a few digits, or sums of such over a power of two: a column becomes
//! integers (`scale`), those become bits by the smallest of some simple methods (`integers`), and what is left is
//! coded as bits of floats (`floats`). A histogram's buckets are coded against their neighbour, so that only what
//! fell into the bucket remains. Whatever goes in comes back bit for bit; a column that would not is refused by `scale`
//! and goes to `floats`.

mod floats;
mod integers;
mod scale;

use super::bits::{Cursor, put_varint};
use floats::{decode_floats, encode_floats};
use integers::{Plan, decode_integers, encode_integers};
pub(super) use scale::Scaled;
use scale::{Scale, find_scales};

/// Appends a column of times, or of other integers, to `out`; returns the codec byte.
pub(super) fn encode_times(times: &[i64], out: &mut Vec<u8>) -> u8 {
    let plan = Plan::best(times);
    encode_integers(times, &plan, out);
    plan.codec()
}

/// The way back of [`encode_times`].
pub(super) fn decode_times(codec: u8, bytes: &[u8], count: usize) -> Option<Vec<i64>> {
    let mut times = Vec::with_capacity(count);
    decode_integers(codec, &mut Cursor::new(bytes), count, &mut times)?;
    Some(times)
}

/// Appends a column of values to `out`; returns the codec byte, and the integers that a neighbour may be coded
/// against. `neighbours` are earlier columns over the same times with their distance.
pub(super) fn encode_values(
    values: &[f64],
    neighbours: &[(u8, &Scaled)],
    out: &mut Vec<u8>,
) -> (u8, Option<Scaled>, bool) {
    let Some(first) = values.first() else { return (PLAIN_CONSTANT, None, false) };
    let is_constant = values.iter().all(|value| value.to_bits() == first.to_bits());
    if is_constant && super::stream::as_integer(*first).is_none() {
        out.extend_from_slice(&first.to_bits().to_le_bytes());
        return (PLAIN_CONSTANT, None, false);
    }
    let mut best: Option<(Scaled, Plan, Option<Difference>)> = None;
    for scaled in find_scales(values) {
        let plan = Plan::best(&scaled.numbers);
        let overhead = scaled.overhead();
        if best.as_ref().is_none_or(|(other, kept, _)| plan.bits + overhead < kept.bits + other.overhead()) {
            best = Some((scaled, plan, None));
        }
    }
    if let Some((scaled, plan, difference)) = &mut best {
        for (distance, neighbour) in neighbours {
            // A column of a few bytes gains nothing that the longer way of reading would be worth.
            if neighbour.scale != scaled.scale || neighbour.numbers.len() != scaled.numbers.len() || plan.bits < 64 {
                continue;
            }
            let numbers: Vec<i64> =
                scaled.numbers.iter().zip(&neighbour.numbers).map(|(own, other)| own.wrapping_sub(*other)).collect();
            let other = Plan::best(&numbers);
            if other.bits + 24 < plan.bits {
                *plan = other;
                *difference = Some((*distance, numbers));
            }
        }
    }
    let limit = best.as_ref().map_or(u64::MAX, |(scaled, plan, _)| plan.bits + scaled.overhead());
    let is_simple = best.as_ref().is_some_and(|(scaled, _, _)| matches!(scaled.scale, Scale::Integer));
    if !is_simple || limit > values.len() as u64 * 48 {
        let start = out.len();
        let method = encode_floats(values, out);
        if (out.len() - start) as u64 * 8 <= limit {
            return (method | CLASS_FLOATS, None, false);
        }
        out.truncate(start);
    }
    let Some((scaled, plan, difference)) = best else { return (PLAIN_CONSTANT, None, false) };
    let mut codec = plan.codec() | scaled.scale.class();
    if let Some((distance, _)) = &difference {
        codec |= NEIGHBOUR;
        out.push(*distance);
    }
    if let Some(exponent) = scaled.scale.exponent() {
        out.push(exponent);
    }
    if !scaled.exceptions.is_empty() {
        codec |= EXCEPTIONS;
        put_varint(out, scaled.exceptions.len() as u64);
        let mut previous = 0;
        for (place, bits) in &scaled.exceptions {
            put_varint(out, u64::from(place - previous));
            out.extend_from_slice(&bits.to_le_bytes());
            previous = *place;
        }
    }
    let is_difference = difference.is_some();
    match &difference {
        Some((_, numbers)) => encode_integers(numbers, &plan, out),
        None => encode_integers(&scaled.numbers, &plan, out),
    }
    (codec, Some(scaled), is_difference)
}

/// The distance of a neighbour, and what is left when it is taken off.
type Difference = (u8, Vec<i64>);

/// How many columns back the column lies that this one is coded against; 0 for none.
pub(super) fn neighbour_distance(codec: u8, bytes: &[u8]) -> usize {
    if codec & NEIGHBOUR == 0 { 0 } else { bytes.first().map_or(0, |distance| usize::from(*distance)) }
}

/// The integers of a column, for a neighbour that is coded against it; `None` for damage and for floats.
pub(super) fn decode_numbers(codec: u8, bytes: &[u8], count: usize, neighbour: Option<&[i64]>) -> Option<Vec<i64>> {
    let mut cursor = Cursor::new(bytes);
    skip_front(codec, &mut cursor)?;
    numbers(codec, &mut cursor, count, neighbour)
}

/// The values of a column.
pub(super) fn decode_values(codec: u8, bytes: &[u8], count: usize, neighbour: Option<&[i64]>) -> Option<Vec<f64>> {
    let mut cursor = Cursor::new(bytes);
    if codec & CLASS == CLASS_FLOATS {
        return decode_floats(codec & METHOD, &mut cursor, count);
    }
    let (scale, exceptions) = skip_front(codec, &mut cursor)?;
    let numbers = numbers(codec, &mut cursor, count, neighbour)?;
    let mut values: Vec<f64> = Vec::with_capacity(count);
    scale.to_values(&numbers, &mut values);
    let mut place = 0usize;
    let mut exceptions = Cursor::new(exceptions);
    while !exceptions.is_empty() {
        place = place.checked_add(exceptions.length()?)?;
        *values.get_mut(place)? = f64::from_bits(exceptions.u64()?);
    }
    Some(values)
}

fn numbers(codec: u8, cursor: &mut Cursor<'_>, count: usize, neighbour: Option<&[i64]>) -> Option<Vec<i64>> {
    let mut numbers = Vec::with_capacity(count);
    decode_integers(codec, cursor, count, &mut numbers)?;
    if codec & NEIGHBOUR != 0 {
        for (own, other) in numbers.iter_mut().zip(neighbour?) {
            *own = own.wrapping_add(*other);
        }
    }
    Some(numbers)
}

/// Reads what comes before the integers: distance, exponent, exceptions.
fn skip_front<'a>(codec: u8, cursor: &mut Cursor<'a>) -> Option<(Scale, &'a [u8])> {
    if codec & NEIGHBOUR != 0 {
        cursor.byte()?;
    }
    let scale = Scale::read(codec & CLASS, cursor)?;
    if codec & EXCEPTIONS == 0 {
        return Some((scale, &[]));
    }
    let count = cursor.length()?;
    let all = cursor.rest();
    for _ in 0..count {
        cursor.varint()?;
        cursor.take(8)?;
    }
    let length = all.len() - cursor.rest().len();
    Some((scale, all.get(..length)?))
}

/// Bits of the codec byte; docs/storage-format.md has the table.
const METHOD: u8 = 0x07;
const DIVISOR: u8 = 0x08;
const CLASS: u8 = 0x30;
const CLASS_FLOATS: u8 = 0x30;
const EXCEPTIONS: u8 = 0x40;
const NEIGHBOUR: u8 = 0x80;

const CONSTANT: u8 = 0;
const FRAME: u8 = 1;
const DELTA: u8 = 2;
const RICE: u8 = 3;
const SPARSE: u8 = 4;
const XOR: u8 = 5;
const PLAIN: u8 = 6;

/// The same bits all along, eight bytes.
const PLAIN_CONSTANT: u8 = CONSTANT | CLASS_FLOATS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stale_marker;

    fn check(values: &[f64]) -> usize {
        let mut out = Vec::new();
        let (codec, _, _) = encode_values(values, &[], &mut out);
        let back = decode_values(codec, &out, values.len(), None).expect("decodes");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(values), "codec {codec:#x}");
        out.len()
    }

    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed ^ (*seed >> 29)
    }

    #[test]
    fn hostile_columns_come_back() {
        let nan = f64::from_bits(0x7ff8_dead_beef_0001);
        let columns: Vec<Vec<f64>> = vec![
            vec![],
            vec![0.0],
            vec![-0.0],
            vec![nan],
            vec![stale_marker()],
            vec![-0.0, 0.0, -0.0, 0.0],
            vec![nan, stale_marker(), f64::INFINITY, f64::NEG_INFINITY, 1.0, 1.5],
            vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324],
            vec![9_007_199_254_740_992.0, -9_007_199_254_740_992.0, 1e18, -1e18],
            vec![1e300; 100],
            (0..1000).map(|x| f64::from_bits(x * 0x1234_5678_9abc)).collect(),
            (0..100).map(|x| if x == 99 { stale_marker() } else { f64::from(x) }).collect(),
            (0..100).map(|x| if x == 0 { stale_marker() } else { f64::from(x) * 0.1 }).collect(),
            (0..100).map(|x| if x % 3 == 0 { f64::NAN } else { f64::from(x) }).collect(),
            (0..100).map(|x| f64::from(x) * 1e15).collect(),
            (0..100).map(|x| if x > 50 { f64::from(x) } else { 1e9 + f64::from(x) }).collect(),
        ];
        for column in &columns {
            check(column);
        }
    }

    #[test]
    fn random_columns_come_back() {
        let mut seed = 42;
        for round in 0..600u64 {
            let count = (random(&mut seed) % 300) as usize;
            let shape = round % 8;
            let mut level = 0i64;
            let column: Vec<f64> = (0..count)
                .map(|_| {
                    let noise = random(&mut seed);
                    match shape {
                        0 => f64::from_bits(noise),
                        1 => {
                            level += (noise % 100) as i64;
                            level as f64
                        }
                        2 => (noise % 10_000) as f64 / 100.0,
                        3 => {
                            level += i64::from(noise.is_multiple_of(20));
                            level as f64
                        }
                        4 => (noise % 1000) as f64 / 1024.0 + 17.0,
                        5 => {
                            level += (noise % 7) as i64 * 4096;
                            if noise.is_multiple_of(50) {
                                level = 0;
                            }
                            level as f64
                        }
                        6 => {
                            if noise.is_multiple_of(10) {
                                f64::from_bits(noise)
                            } else {
                                (noise % 5) as f64
                            }
                        }
                        _ => (noise as i64) as f64,
                    }
                })
                .collect();
            check(&column);
        }
    }

    #[test]
    fn ordinary_columns_are_small() {
        let per_sample = |values: Vec<f64>| check(&values) as f64 / values.len() as f64;
        assert!(per_sample(vec![5.0; 120]) < 0.02);
        assert!(per_sample((0..120).map(|x| 1e6 + f64::from(x)).collect()) < 0.08);
        assert!(per_sample((0..120).map(|x| 1e12 + 4096.0 * f64::from(x * x % 7)).collect()) < 0.5);
        assert!(per_sample((0..120).map(|x| f64::from(x * 31 % 100) / 100.0).collect()) < 1.0);
        assert!(per_sample((0..120).map(|x| 12.5 + f64::from(x / 60)).collect()) < 0.1);
    }

    #[test]
    fn a_column_against_its_neighbour_comes_back() {
        let base: Vec<f64> = (0..200).map(|x| f64::from(x * x % 1013 + 50 * x)).collect();
        let next: Vec<f64> = base.iter().enumerate().map(|(x, value)| value + (x / 50) as f64).collect();
        let mut first = Vec::new();
        let (codec, scaled, _) = encode_values(&base, &[], &mut first);
        let scaled = scaled.expect("integers");
        let numbers = decode_numbers(codec, &first, 200, None).expect("numbers");
        assert_eq!(numbers, scaled.numbers);
        let mut second = Vec::new();
        let (codec, _, is_difference) = encode_values(&next, &[(1, &scaled)], &mut second);
        assert!(is_difference && second.len() < 24, "{} bytes", second.len());
        assert_eq!(neighbour_distance(codec, &second), 1);
        assert_eq!(decode_values(codec, &second, 200, Some(&numbers)), Some(next));
        assert_eq!(decode_values(codec, &second, 200, None), None);
    }

    #[test]
    fn times_come_back() {
        let regular: Vec<i64> = (0..120).map(|x| 1_795_219_200_000 + x * 15_000).collect();
        let jitter: Vec<i64> = regular.iter().enumerate().map(|(x, t)| t + (x as i64 * 7 % 5)).collect();
        let wild = vec![i64::MIN / 4, -1, 0, 1, i64::MAX / 4];
        for times in [regular, jitter, wild, vec![], vec![7]] {
            let mut out = Vec::new();
            let codec = encode_times(&times, &mut out);
            assert_eq!(decode_times(codec, &out, times.len()), Some(times));
        }
    }
}
