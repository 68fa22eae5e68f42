//! Bytes and bits: varints, zigzag, a reader that never runs over the end, and a bit stream.

/// Appends a LEB128 number.
#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number as the varint of its zigzag.
#[inline]
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, zigzag(value));
}

/// Small numbers of either sign become small unsigned ones.
#[inline]
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The way back of [`zigzag`].
#[inline]
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// How many bits a number needs; 0 for 0.
#[inline]
pub(super) fn width_of(value: u64) -> u32 {
    64 - value.leading_zeros()
}

/// Ends a row with the CRC of what it holds.
pub(super) fn close_row(mut row: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&row);
    row.extend_from_slice(&crc.to_le_bytes());
    row
}

/// Takes the CRC off a row; `None` when it does not hold.
pub(super) fn open_row(row: &[u8]) -> Option<&[u8]> {
    let (body, crc) = row.split_last_chunk::<4>()?;
    (crc32fast::hash(body) == u32::from_le_bytes(*crc)).then_some(body)
}

/// Reads forward through bytes; every method is `None` once the end is passed.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*taken)
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    #[inline]
    pub(super) fn signed(&mut self) -> Option<i64> {
        self.varint().map(unzigzag)
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }
}

/// Writes bits, the lowest first.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    word: u64,
    used: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, word: 0, used: 0 }
    }

    /// Writes the `width` (0..=64) lowest bits of `value`; the bits above have to be zero.
    #[inline]
    pub(super) fn put(&mut self, value: u64, width: u32) {
        if width == 0 {
            return;
        }
        self.word |= value << self.used;
        if self.used + width >= 64 {
            self.out.extend_from_slice(&self.word.to_le_bytes());
            let taken = 64 - self.used;
            self.word = if taken >= 64 { 0 } else { value >> taken };
            self.used = self.used + width - 64;
        } else {
            self.used += width;
        }
    }

    /// Writes out the last, partly filled bytes.
    pub(super) fn finish(self) {
        let bytes = self.used.div_ceil(8) as usize;
        self.out.extend(self.word.to_le_bytes().iter().take(bytes));
    }
}

/// Reads bits, the lowest first; past the end it yields zeros and remembers that it did.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    word: u64,
    left: u32,
    overrun: bool,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, word: 0, left: 0, overrun: false }
    }

    /// Reads `width` (0..=64) bits.
    #[inline]
    pub(super) fn take(&mut self, width: u32) -> u64 {
        if width <= self.left {
            let value = self.word & mask(width);
            self.word = if width == 64 { 0 } else { self.word >> width };
            self.left -= width;
            return value;
        }
        let low = self.word;
        let have = self.left;
        self.refill();
        let need = width - have;
        if need > self.left {
            self.overrun = true;
            self.left = 0;
            self.word = 0;
            return low;
        }
        let high = self.word & mask(need);
        self.word = if need == 64 { 0 } else { self.word >> need };
        self.left -= need;
        low | if have == 64 { 0 } else { high << have }
    }

    /// Counts one bits up to the next zero, which is taken too, but no more than `limit` ones (then no zero is taken).
    #[inline]
    pub(super) fn ones(&mut self, limit: u32) -> u32 {
        let mut count = 0;
        loop {
            if self.left == 0 {
                self.refill();
                if self.left == 0 {
                    self.overrun = true;
                    return count;
                }
            }
            let run = self.word.trailing_ones().min(self.left).min(limit - count);
            count += run;
            self.left -= run;
            self.word = if run >= 64 { 0 } else { self.word >> run };
            if count == limit {
                return count;
            }
            if self.left > 0 {
                self.word >>= 1;
                self.left -= 1;
                return count;
            }
        }
    }

    /// False when more was read than there is.
    pub(super) fn is_whole(&self) -> bool {
        !self.overrun
    }

    #[inline]
    fn refill(&mut self) {
        if let Some((word, rest)) = self.bytes.split_first_chunk::<8>() {
            self.word = u64::from_le_bytes(*word);
            self.left = 64;
            self.bytes = rest;
        } else {
            self.word = 0;
            for (index, byte) in self.bytes.iter().enumerate() {
                self.word |= u64::from(*byte) << (8 * index);
            }
            self.left = 8 * u32::try_from(self.bytes.len()).unwrap_or(0);
            self.bytes = &[];
        }
    }
}

/// The `width` lowest bits set.
#[inline]
pub(super) fn mask(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back() {
        let mut out = Vec::new();
        let values: Vec<u64> =
            (0..64).flat_map(|bit| [1u64 << bit, (1u64 << bit).wrapping_sub(1)]).chain([u64::MAX]).collect();
        for value in &values {
            put_varint(&mut out, *value);
            put_signed(&mut out, *value as i64);
        }
        let mut cursor = Cursor::new(&out);
        for value in &values {
            assert_eq!(cursor.varint(), Some(*value));
            assert_eq!(cursor.signed(), Some(*value as i64));
        }
        assert!(cursor.is_empty());
        assert_eq!(cursor.varint(), None);
    }

    #[test]
    fn a_varint_too_long_is_refused() {
        assert_eq!(Cursor::new(&[0xff; 11]).varint(), None);
    }

    #[test]
    fn bits_come_back_in_any_mix_of_widths() {
        let mut seed = 7u64;
        let mut items = Vec::new();
        for round in 0..5000u64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round);
            let width = u32::try_from((seed >> 40) % 65).unwrap();
            items.push((seed.rotate_left(17) & mask(width), width));
        }
        let mut out = Vec::new();
        let mut writer = BitWriter::new(&mut out);
        for (value, width) in &items {
            writer.put(*value, *width);
        }
        writer.finish();
        let mut reader = BitReader::new(&out);
        for (value, width) in &items {
            assert_eq!(reader.take(*width), *value, "width {width}");
        }
        assert!(reader.is_whole());
        reader.take(64);
        assert!(!reader.is_whole());
    }

    #[test]
    fn runs_of_ones_come_back() {
        let mut out = Vec::new();
        let mut writer = BitWriter::new(&mut out);
        for count in 0..100u32 {
            let ones = count.min(24);
            writer.put(mask(ones), ones + u32::from(ones < 24));
            writer.put(u64::from(count), 7);
        }
        writer.finish();
        let mut reader = BitReader::new(&out);
        for count in 0..100u32 {
            assert_eq!(reader.ones(24), count.min(24));
            assert_eq!(reader.take(7), u64::from(count));
        }
    }
}
