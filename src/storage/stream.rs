//! Value tokens: the byte code in which the log and the head write values as they come (docs/storage-format.md).
//!
//! One token says how the next value differs from the one before: most metrics are integers that grow a little,
//! decimals with few digits, or do not change at all; the rest is an XOR of bits. Runs of unchanged values are
//! the caller's, since in the log they run along a scrape and in the head along time.

use super::bits::{Cursor, put_signed, unzigzag, zigzag};

/// Appends the token that leads from `previous` to `value`.
#[inline]
pub(super) fn put_value(out: &mut Vec<u8>, previous: f64, value: f64) {
    if let (Some(from), Some(to)) = (as_integer(previous), as_integer(value)) {
        let step = zigzag(to - from);
        if step < 0x80 {
            out.push(step as u8);
        } else {
            put_wide(out, step);
        }
        return;
    }
    put_fraction(out, previous, value);
}

/// Appends a run of `count` unchanged values.
pub(super) fn put_run(out: &mut Vec<u8>, mut count: u32) {
    while count >= RUN_MIN {
        let part = count.min(RUN_MAX);
        out.push(RUN + (part - RUN_MIN) as u8);
        count -= part;
    }
    if count == 1 {
        out.push(0);
    }
}

/// One step of reading.
pub(super) enum Token {
    /// The next value.
    Value(f64),
    /// So many times the previous value.
    Run(u32),
    /// The step between times changes by so much (ms).
    Step(i64),
}

/// Reads the next token; `None` at the end and for what is no token.
#[inline]
pub(super) fn take_token(cursor: &mut Cursor<'_>, previous: f64) -> Option<Token> {
    let first = cursor.byte()?;
    let value = match first {
        0 => previous,
        1..=0x7f => (as_integer(previous)? + unzigzag(u64::from(first))) as f64,
        RUN..=0xbf => return Some(Token::Run(u32::from(first - RUN) + RUN_MIN)),
        WIDE..=0xc5 => {
            let mut bytes = [0; 8];
            for slot in bytes.iter_mut().take(usize::from(first - WIDE) + 2) {
                *slot = cursor.byte()?;
            }
            (as_integer(previous)?.checked_add(unzigzag(u64::from_le_bytes(bytes)))?) as f64
        }
        0xd1..=0xdf => {
            let scale = power_of_ten(u32::from(first - DECIMAL))?;
            let from = as_scaled(previous, scale)?;
            from.checked_add(cursor.signed()?)? as f64 / scale
        }
        XOR..=0xe7 => {
            let below = cursor.byte()?;
            let mut bytes = [0; 8];
            for slot in bytes.iter_mut().take(usize::from(first - XOR) + 1) {
                *slot = cursor.byte()?;
            }
            let difference = u64::from_le_bytes(bytes).checked_shl(8 * u32::from(below))?;
            f64::from_bits(previous.to_bits() ^ difference)
        }
        PLAIN => f64::from_bits(cursor.u64()?),
        STEP => return Some(Token::Step(cursor.signed()?)),
        _ => return None,
    };
    Some(Token::Value(value))
}

/// Appends a change of the step between times.
pub(super) fn put_step(out: &mut Vec<u8>, change: i64) {
    out.push(STEP);
    put_signed(out, change);
}

/// The value as an integer, where it is one that a float holds exactly and that is not -0.
#[inline]
pub(super) fn as_integer(value: f64) -> Option<i64> {
    let integer = value as i64;
    ((integer as f64).to_bits() == value.to_bits() && integer.unsigned_abs() < EXACT).then_some(integer)
}

/// `10^exponent` for 0..=22, which floats hold exactly.
#[inline]
pub(super) fn power_of_ten(exponent: u32) -> Option<f64> {
    POWERS.get(exponent as usize).copied()
}

/// The integer that divided by `scale` gives the value, bit for bit.
#[inline]
pub(super) fn as_scaled(value: f64, scale: f64) -> Option<i64> {
    let scaled = (value * scale).round() as i64;
    (scaled.unsigned_abs() < EXACT && (scaled as f64 / scale).to_bits() == value.to_bits()).then_some(scaled)
}

fn put_wide(out: &mut Vec<u8>, step: u64) {
    // The difference of two 53-bit integers has 55 bits with its sign: seven bytes hold it.
    let bytes = step.to_le_bytes();
    let length = (71 - step.leading_zeros() as usize) / 8;
    let length = length.clamp(2, 7);
    out.push(WIDE + (length - 2) as u8);
    out.extend(bytes.iter().take(length));
}

/// Decimals and everything else. Kept out of the way of the integers, which are most.
fn put_fraction(out: &mut Vec<u8>, previous: f64, value: f64) {
    if value.to_bits() == previous.to_bits() {
        out.push(0);
        return;
    }
    for exponent in 1..=DIGITS {
        let Some(scale) = power_of_ten(exponent) else { break };
        let Some(to) = as_scaled(value, scale) else { continue };
        let Some(from) = as_scaled(previous, scale) else { continue };
        if zigzag(to - from) < 1 << 42 {
            out.push(DECIMAL + exponent as u8);
            put_signed(out, to - from);
            return;
        }
        break;
    }
    let difference = value.to_bits() ^ previous.to_bits();
    let below = difference.trailing_zeros() / 8;
    let significant = difference >> (8 * below);
    let length = (71 - significant.leading_zeros() as usize) / 8;
    if length >= 7 {
        out.push(PLAIN);
        out.extend_from_slice(&value.to_bits().to_le_bytes());
    } else {
        out.push(XOR + (length - 1) as u8);
        out.push(below as u8);
        out.extend(significant.to_le_bytes().iter().take(length));
    }
}

const RUN: u8 = 0x80;
const RUN_MIN: u32 = 2;
const RUN_MAX: u32 = 65;
const WIDE: u8 = 0xc0;
const DECIMAL: u8 = 0xd0;
const XOR: u8 = 0xe0;
const PLAIN: u8 = 0xf0;
const STEP: u8 = 0xf1;

/// Before a token of the log: the previous value counts as zero, whatever was before in the segment.
pub(super) const FROM_ZERO: u8 = 0xf2;

/// Digits after the point that are tried: what the engines' gauges and ratios print. More rarely pays.
const DIGITS: u32 = 6;

/// Below 2^53 every integer has a float of its own.
const EXACT: u64 = 1 << 53;

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_come_back_bit_for_bit() {
        let mut values = vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            63.0,
            64.0,
            65.0,
            1e15,
            9_007_199_254_740_991.0,
            -9_007_199_254_740_991.0,
            9_007_199_254_740_992.0,
            1e300,
            -1e300,
            f64::MIN_POSITIVE,
            5e-324,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            crate::model::stale_marker(),
            f64::from_bits(0x7ff8_dead_beef_0001),
            0.1,
            0.25,
            12.75,
            99.999,
            1.0 / 3.0,
            123_456.789,
            0.1 + 0.2,
            1e-7,
            4e22,
        ];
        let again: Vec<f64> = values.iter().rev().copied().collect();
        values.extend(again);
        let mut out = Vec::new();
        let mut previous = 0.0;
        for value in &values {
            put_value(&mut out, previous, *value);
            previous = *value;
        }
        let mut cursor = Cursor::new(&out);
        let mut previous = 0.0;
        for value in &values {
            let Some(Token::Value(read)) = take_token(&mut cursor, previous) else { panic!("no value for {value}") };
            assert_eq!(read.to_bits(), value.to_bits(), "{value} after {previous}");
            previous = read;
        }
        assert!(cursor.is_empty());
    }

    #[test]
    fn runs_come_back_whole() {
        for count in 0..300 {
            let mut out = Vec::new();
            put_run(&mut out, count);
            let mut cursor = Cursor::new(&out);
            let mut read = 0;
            while let Some(token) = take_token(&mut cursor, 5.5) {
                read += match token {
                    Token::Run(run) => run,
                    Token::Value(value) => {
                        assert_eq!(value.to_bits(), 5.5f64.to_bits());
                        1
                    }
                    Token::Step(_) => panic!("a step"),
                };
            }
            assert_eq!(read, count);
        }
    }
}
