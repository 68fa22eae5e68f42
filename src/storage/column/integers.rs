//! Integers as bits: the smallest of five methods.

use super::super::bits::{BitReader, BitWriter, Cursor, mask, put_signed, put_varint, unzigzag, width_of, zigzag};
use super::{CONSTANT, DELTA, DIVISOR, FRAME, METHOD, RICE, SPARSE};

/// Which method, with which parameters, and what it costs.
pub(super) struct Plan {
    method: u8,
    /// Common divisor of the deltas; at least 1.
    divisor: u64,
    /// The smallest number (frame) or delta (delta, Rice without sign).
    base: i64,
    width: u32,
    /// Deltas of both signs are coded as zigzag.
    signed: bool,
    gap_width: u32,
    changes: usize,
    /// Bits of the whole column.
    pub(super) bits: u64,
}

impl Plan {
    /// The cheapest plan for a column.
    pub(super) fn best(numbers: &[i64]) -> Self {
        let mut plan =
            Self { method: CONSTANT, divisor: 1, base: 0, width: 0, signed: false, gap_width: 0, changes: 0, bits: 8 };
        let Some(first) = numbers.first() else { return plan };
        plan.base = *first;
        plan.bits = if *first == 0 { 0 } else { number_bits(*first) };
        let (mut low, mut high) = (*first, *first);
        let (mut low_delta, mut high_delta) = (i64::MAX, i64::MIN);
        let mut changes = 0usize;
        let mut divisor = 0u64;
        for (from, to) in pairs(numbers) {
            let delta = to.wrapping_sub(from);
            low = low.min(to);
            high = high.max(to);
            low_delta = low_delta.min(delta);
            high_delta = high_delta.max(delta);
            if delta != 0 {
                changes += 1;
                if divisor != 1 {
                    divisor = common_divisor(divisor, delta.unsigned_abs());
                }
            }
        }
        if changes == 0 {
            return plan;
        }
        // Differences that do not fit wrap around, and then nothing is divisible any more.
        let divisor = if high.checked_sub(low).is_none() { 1 } else { divisor.max(1) };
        let divisor_bits = if divisor > 1 { varint_bits(divisor) } else { 0 };
        let start_bits = number_bits(*first) + divisor_bits;
        let signed = low_delta < 0;
        let code = |delta: i64| -> u64 {
            if signed { zigzag(delta / divisor as i64) } else { delta.wrapping_sub(low_delta) as u64 / divisor }
        };

        // Sparse first: most columns that change at all change seldom.
        let mut best = Self { bits: u64::MAX, divisor, signed, changes, ..plan };
        if changes * 3 < numbers.len() {
            let mut gaps = RiceCost::default();
            let mut steps = RiceCost::default();
            let mut gap = 0;
            for (from, to) in pairs(numbers) {
                if from == to {
                    gap += 1;
                } else {
                    gaps.add(gap);
                    steps.add(change_code(to.wrapping_sub(from), divisor, signed));
                    gap = 0;
                }
            }
            let (gap_width, gap_bits) = gaps.best();
            let (width, step_bits) = steps.best();
            let bits = start_bits + varint_bits(changes as u64) + 16 + gap_bits + step_bits;
            best = Self { method: SPARSE, width, gap_width, bits, ..best };
        }
        let mut deltas = RiceCost::default();
        let mut delta_widths = Widths::default();
        for (from, to) in pairs(numbers) {
            let delta = to.wrapping_sub(from);
            deltas.add(code(delta));
            delta_widths.add(delta.wrapping_sub(low_delta) as u64 / divisor);
        }
        let (width, rice_bits) = deltas.best();
        let bits = start_bits + 8 + if signed { 0 } else { number_bits(low_delta) } + rice_bits;
        if bits < best.bits {
            best = Self { method: RICE, width, base: low_delta, bits, ..best };
        }
        let (width, packed_bits) = delta_widths.best();
        let bits = start_bits + number_bits(low_delta) + packed_bits;
        if bits < best.bits {
            best = Self { method: DELTA, width, base: low_delta, bits, ..best };
        }
        let mut frame_widths = Widths::default();
        // Whatever the patches, a frame needs about the width of the spread: a wide one is not tried.
        if u64::from(width_of(high.wrapping_sub(low) as u64 / divisor)) * numbers.len() as u64 <= best.bits * 2 {
            for number in numbers {
                frame_widths.add(number.wrapping_sub(low) as u64 / divisor);
            }
            let (width, packed_bits) = frame_widths.best();
            let bits = number_bits(low) + divisor_bits + packed_bits;
            if bits < best.bits {
                best = Self { method: FRAME, width, base: low, bits, ..best };
            }
        }
        best
    }

    pub(super) fn codec(&self) -> u8 {
        self.method | if self.divisor > 1 { DIVISOR } else { 0 }
    }
}

/// Appends the column as the plan says.
pub(super) fn encode_integers(numbers: &[i64], plan: &Plan, out: &mut Vec<u8>) {
    let Some(first) = numbers.first() else { return };
    if plan.divisor > 1 {
        put_varint(out, plan.divisor);
    }
    let divisor = plan.divisor;
    match plan.method {
        CONSTANT => {
            if *first != 0 {
                put_signed(out, *first);
            }
        }
        FRAME => {
            put_signed(out, plan.base);
            pack(numbers.iter().map(|number| number.wrapping_sub(plan.base) as u64 / divisor), plan.width, out);
        }
        DELTA => {
            put_signed(out, *first);
            put_signed(out, plan.base);
            let deltas =
                pairs(numbers).map(|(from, to)| to.wrapping_sub(from).wrapping_sub(plan.base) as u64 / divisor);
            pack(deltas, plan.width, out);
        }
        RICE => {
            put_signed(out, *first);
            out.push(plan.width as u8 | if plan.signed { SIGNED } else { 0 });
            if !plan.signed {
                put_signed(out, plan.base);
            }
            let mut bits = BitWriter::new(out);
            for (from, to) in pairs(numbers) {
                let delta = to.wrapping_sub(from);
                let code = if plan.signed {
                    zigzag(delta / divisor as i64)
                } else {
                    delta.wrapping_sub(plan.base) as u64 / divisor
                };
                put_rice(&mut bits, code, plan.width);
            }
            bits.finish();
        }
        _ => {
            put_signed(out, *first);
            put_varint(out, plan.changes as u64);
            out.push(plan.gap_width as u8);
            out.push(plan.width as u8 | if plan.signed { SIGNED } else { 0 });
            let mut bits = BitWriter::new(out);
            let mut gap = 0;
            for (from, to) in pairs(numbers) {
                if from == to {
                    gap += 1;
                    continue;
                }
                put_rice(&mut bits, gap, plan.gap_width);
                put_rice(&mut bits, change_code(to.wrapping_sub(from), divisor, plan.signed), plan.width);
                gap = 0;
            }
            bits.finish();
        }
    }
}

/// The way back of [`encode_integers`]; `None` for bytes that are no such column.
pub(super) fn decode_integers(codec: u8, cursor: &mut Cursor<'_>, count: usize, out: &mut Vec<i64>) -> Option<()> {
    if count == 0 {
        return Some(());
    }
    let divisor = if codec & DIVISOR == 0 { 1 } else { cursor.varint()? };
    match codec & METHOD {
        CONSTANT => {
            let number = if cursor.is_empty() { 0 } else { cursor.signed()? };
            out.resize(out.len() + count, number);
        }
        FRAME => {
            let base = cursor.signed()?;
            unpack(cursor, count, |code| out.push(base.wrapping_add(code.wrapping_mul(divisor) as i64)))?;
        }
        DELTA => {
            let mut number = cursor.signed()?;
            let base = cursor.signed()?;
            out.push(number);
            unpack(cursor, count - 1, |code| {
                number = number.wrapping_add(base).wrapping_add(code.wrapping_mul(divisor) as i64);
                out.push(number);
            })?;
        }
        RICE => {
            let mut number = cursor.signed()?;
            let parameters = cursor.byte()?;
            let signed = parameters & SIGNED != 0;
            let base = if signed { 0 } else { cursor.signed()? };
            let width = u32::from(parameters & !SIGNED);
            let mut bits = BitReader::new(cursor.rest());
            out.push(number);
            for _ in 1..count {
                let code = take_rice(&mut bits, width);
                let delta = if signed {
                    unzigzag(code).wrapping_mul(divisor as i64)
                } else {
                    base.wrapping_add(code.wrapping_mul(divisor) as i64)
                };
                number = number.wrapping_add(delta);
                out.push(number);
            }
            bits.is_whole().then_some(())?;
        }
        SPARSE => {
            let mut number = cursor.signed()?;
            let changes = cursor.varint()?;
            let gap_width = u32::from(cursor.byte()?);
            let parameters = cursor.byte()?;
            let signed = parameters & SIGNED != 0;
            let width = u32::from(parameters & !SIGNED);
            let mut bits = BitReader::new(cursor.rest());
            let end = out.len() + count;
            out.push(number);
            for _ in 0..changes {
                let gap = usize::try_from(take_rice(&mut bits, gap_width)).ok()?;
                if !bits.is_whole() || gap >= end - out.len() {
                    return None;
                }
                out.resize(out.len() + gap, number);
                let code = take_rice(&mut bits, width).wrapping_add(1);
                let step = if signed { unzigzag(code) } else { code as i64 };
                number = number.wrapping_add(step.wrapping_mul(divisor as i64));
                out.push(number);
            }
            bits.is_whole().then_some(())?;
            out.resize(end, number);
        }
        _ => return None,
    }
    Some(())
}

/// A change that is not zero, as small as it can be.
#[inline]
fn change_code(delta: i64, divisor: u64, signed: bool) -> u64 {
    let step = if signed { zigzag(delta / divisor as i64) } else { delta as u64 / divisor };
    step.wrapping_sub(1)
}

#[inline]
fn pairs(numbers: &[i64]) -> impl Iterator<Item = (i64, i64)> + Clone + '_ {
    numbers.iter().copied().zip(numbers.iter().skip(1).copied())
}

/// Bits that Rice codes take, for every width at once.
#[derive(Default)]
struct RiceCost {
    count: u64,
    widths: Widths,
}

impl RiceCost {
    #[inline]
    fn add(&mut self, code: u64) {
        self.count += 1;
        self.widths.add(code);
    }

    /// The best width and about the bits that it takes.
    fn best(&self) -> (u32, u64) {
        let mut best = (0, u64::MAX);
        let top = self.widths.top;
        for width in 0..=top.min(MOST_RICE) {
            let mut bits = self.count * u64::from(1 + width);
            let wider = self.widths.counts.iter().zip(&self.widths.sums).enumerate();
            for (of_width, (count, sum)) in wider.take(top as usize + 1).skip(width as usize + 1) {
                let of_width = of_width as u32;
                bits += if of_width > width + ESCAPE_WIDTH {
                    count * u64::from(ESCAPE + 6 + of_width - 1 - width)
                } else {
                    sum >> width
                };
            }
            if bits < best.1 {
                best = (width, bits);
            }
        }
        best
    }
}

fn put_rice(bits: &mut BitWriter<'_>, code: u64, width: u32) {
    let quotient = code >> width;
    if quotient < u64::from(ESCAPE) {
        let ones = quotient as u32;
        bits.put(mask(ones), ones + 1);
        bits.put(code & mask(width), width);
    } else {
        bits.put(mask(ESCAPE), ESCAPE);
        let length = width_of(code);
        bits.put(u64::from(length - 1), 6);
        bits.put(code, length);
    }
}

fn take_rice(bits: &mut BitReader<'_>, width: u32) -> u64 {
    let ones = bits.ones(ESCAPE);
    if ones < ESCAPE {
        return (u64::from(ones) << width) | bits.take(width);
    }
    let length = bits.take(6) as u32 + 1;
    bits.take(length)
}

/// How many numbers have each width.
struct Widths {
    counts: [u64; 65],
    sums: [u64; 65],
    top: u32,
}

impl Default for Widths {
    fn default() -> Self {
        Self { counts: [0; 65], sums: [0; 65], top: 0 }
    }
}

impl Widths {
    #[inline]
    fn add(&mut self, code: u64) {
        let width = width_of(code);
        if let (Some(count), Some(sum)) = (self.counts.get_mut(width as usize), self.sums.get_mut(width as usize)) {
            *count += 1;
            *sum = sum.saturating_add(code);
        }
        self.top = self.top.max(width);
    }

    /// The width to pack with, and the bits that it takes with patches for what is wider.
    fn best(&self) -> (u32, u64) {
        let total: u64 = self.counts.iter().sum();
        let mut best = (self.top, total * u64::from(self.top) + 8);
        let mut wider = 0u64;
        for width in (0..self.top).rev() {
            wider += self.counts.get(width as usize + 1).copied().unwrap_or(0);
            let patch = 8 + 8 * u64::from((self.top - width).div_ceil(7));
            let bits = total * u64::from(width) + 16 + wider * patch;
            if bits < best.1 {
                best = (width, bits);
            }
        }
        best
    }
}

/// Packs numbers of one width; the high bits of wider ones follow as patches.
fn pack(codes: impl Iterator<Item = u64> + Clone, width: u32, out: &mut Vec<u8>) {
    let patches = codes.clone().filter(|code| width_of(*code) > width).count();
    out.push(width as u8 | if patches > 0 { PATCHED } else { 0 });
    let mut bits = BitWriter::new(out);
    for code in codes.clone() {
        bits.put(code & mask(width), width);
    }
    bits.finish();
    if patches > 0 {
        put_varint(out, patches as u64);
        let mut previous = 0;
        for (place, code) in codes.enumerate() {
            if width_of(code) > width {
                put_varint(out, (place - previous) as u64);
                put_varint(out, code >> width);
                previous = place;
            }
        }
    }
}

fn unpack(cursor: &mut Cursor<'_>, count: usize, mut visit: impl FnMut(u64)) -> Option<()> {
    let parameters = cursor.byte()?;
    let width = u32::from(parameters & !PATCHED);
    if width > 64 {
        return None;
    }
    let packed = cursor.take((count * width as usize).div_ceil(8))?;
    let mut bits = BitReader::new(packed);
    if parameters & PATCHED == 0 {
        for _ in 0..count {
            visit(bits.take(width));
        }
        return Some(());
    }
    let mut left = cursor.varint()?;
    let mut next = 0usize;
    let mut patch = 0;
    let mut read_patch = |cursor: &mut Cursor<'_>, next: &mut usize, patch: &mut u64| -> Option<()> {
        if left == 0 {
            *next = usize::MAX;
            return Some(());
        }
        left -= 1;
        *next = next.checked_add(cursor.length()?)?;
        *patch = cursor.varint()?;
        Some(())
    };
    read_patch(cursor, &mut next, &mut patch)?;
    for place in 0..count {
        let mut code = bits.take(width);
        if place == next {
            code |= patch.checked_shl(width)?;
            read_patch(cursor, &mut next, &mut patch)?;
        }
        visit(code);
    }
    Some(())
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}

fn number_bits(number: i64) -> u64 {
    varint_bits(zigzag(number))
}

fn varint_bits(number: u64) -> u64 {
    8 * u64::from(width_of(number).max(1).div_ceil(7))
}

/// So many ones in a row say that the number follows in full: as long as a badly chosen width can make a code.
const ESCAPE: u32 = 24;

/// A number so many bits wider than the Rice width is surely escaped.
const ESCAPE_WIDTH: u32 = 5;

/// Wider ones are packed as well by the other methods.
const MOST_RICE: u32 = 40;

/// In a byte of parameters: codes are zigzag.
const SIGNED: u8 = 0x40;

/// In a byte of parameters: patches follow.
const PATCHED: u8 = 0x80;
