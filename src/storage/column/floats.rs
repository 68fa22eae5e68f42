//! Floats as bits: XOR with the value before (as in Facebook's Gorilla paper, VLDB 2015), or plain.

use super::super::bits::{BitReader, BitWriter, Cursor, mask};
use super::{CONSTANT, PLAIN, XOR};

/// Appends values; returns the method.
pub(super) fn encode_floats(values: &[f64], out: &mut Vec<u8>) -> u8 {
    let start = out.len();
    let mut bits = BitWriter::new(out);
    let mut previous = 0u64;
    let (mut leading, mut length) = (0u32, 0u32);
    for (place, value) in values.iter().enumerate() {
        let value = value.to_bits();
        let difference = value ^ previous;
        previous = value;
        if place == 0 {
            bits.put(value, 64);
        } else if difference == 0 {
            bits.put(0, 1);
        } else {
            let zeros = difference.leading_zeros();
            let below = difference.trailing_zeros();
            let trailing = 64 - leading - length;
            // The window of the value before is kept while a new one would not save its header.
            if length > 0 && zeros >= leading && below >= trailing && length <= 64 - zeros - below + 12 {
                bits.put(0b01, 2);
                bits.put((difference >> trailing) & mask(length), length);
            } else {
                leading = zeros;
                length = 64 - zeros - below;
                bits.put(0b11, 2);
                bits.put(u64::from(leading), 6);
                bits.put(u64::from(length - 1), 6);
                bits.put(difference >> below, length);
            }
        }
    }
    bits.finish();
    if out.len() - start > values.len() * 8 {
        out.truncate(start);
        for value in values {
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        return PLAIN;
    }
    XOR
}

/// The way back of [`encode_floats`], and of a constant.
pub(super) fn decode_floats(method: u8, cursor: &mut Cursor<'_>, count: usize) -> Option<Vec<f64>> {
    let mut values = Vec::with_capacity(count);
    match method {
        CONSTANT if count == 0 => {}
        CONSTANT => values.resize(count, f64::from_bits(cursor.u64()?)),
        PLAIN => {
            for _ in 0..count {
                values.push(f64::from_bits(cursor.u64()?));
            }
        }
        XOR => {
            let mut bits = BitReader::new(cursor.rest());
            let (mut leading, mut length) = (0u32, 0u32);
            let mut value = 0u64;
            for place in 0..count {
                if place == 0 {
                    value = bits.take(64);
                } else if bits.take(1) == 1 {
                    if bits.take(1) == 1 {
                        leading = bits.take(6) as u32;
                        length = bits.take(6) as u32 + 1;
                    }
                    let trailing = 64u32.checked_sub(leading + length)?;
                    value ^= bits.take(length) << trailing;
                }
                values.push(f64::from_bits(value));
            }
            bits.is_whole().then_some(())?;
        }
        _ => return None,
    }
    Some(values)
}
