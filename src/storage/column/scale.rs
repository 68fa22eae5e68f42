//! Which integers stand behind a column of floats.

use super::super::bits::Cursor;
use super::super::stream::{as_integer, as_scaled, power_of_ten};

/// A column as integers over a common scale.
pub(in super::super) struct Scaled {
    pub(super) scale: Scale,
    /// One for each value; an exception repeats its neighbour.
    pub(super) numbers: Vec<i64>,
    /// Places and bits of values that are no such number.
    pub(super) exceptions: Vec<(u32, u64)>,
}

/// What an integer has to be divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Integer,
    /// By this power of ten.
    Decimal(u8),
    /// By this power of two: what sums of binary fractions are.
    Binary(u8),
}

impl Scaled {
    /// Bits that the column takes besides its integers.
    pub(super) fn overhead(&self) -> u64 {
        self.exceptions.len() as u64 * 72 + if self.exceptions.is_empty() { 0 } else { 8 }
    }
}

impl Scale {
    /// The bits of the codec byte.
    pub(super) fn class(self) -> u8 {
        match self {
            Self::Integer => 0,
            Self::Decimal(_) => 0x10,
            Self::Binary(_) => 0x20,
        }
    }

    pub(super) fn exponent(self) -> Option<u8> {
        match self {
            Self::Integer => None,
            Self::Decimal(exponent) | Self::Binary(exponent) => Some(exponent),
        }
    }

    /// The way back of [`Scale::class`] and [`Scale::exponent`].
    pub(super) fn read(class: u8, cursor: &mut Cursor<'_>) -> Option<Self> {
        match class {
            0 => Some(Self::Integer),
            0x10 => Some(Self::Decimal(cursor.byte()?)),
            0x20 => Some(Self::Binary(cursor.byte()?)),
            _ => None,
        }
    }

    pub(super) fn to_values(self, numbers: &[i64], values: &mut Vec<f64>) {
        match self {
            Self::Integer => values.extend(numbers.iter().map(|number| *number as f64)),
            Self::Decimal(exponent) => {
                let scale = power_of_ten(u32::from(exponent)).unwrap_or(1.0);
                values.extend(numbers.iter().map(|number| *number as f64 / scale));
            }
            Self::Binary(exponent) => {
                let scale = power_of_two(-i32::from(exponent));
                values.extend(numbers.iter().map(|number| *number as f64 * scale));
            }
        }
    }
}

/// The scales over which a column is integers: none, one, or two to choose from. Whatever is returned comes back
/// bit for bit.
pub(super) fn find_scales(values: &[f64]) -> Vec<Scaled> {
    let limit = values.len() / 8 + 1;
    let mut special = 0;
    let mut fractions = false;
    for value in values {
        if as_integer(*value).is_none() {
            if is_special(*value) {
                special += 1;
            } else {
                fractions = true;
            }
        }
    }
    if special > limit {
        return Vec::new();
    }
    if !fractions {
        return collect(values, Scale::Integer, as_integer).into_iter().collect();
    }
    let mut scales = Vec::new();
    if let Some(exponent) = decimal_exponent(values)
        && let Some(scale) = power_of_ten(u32::from(exponent))
    {
        scales.extend(collect(values, Scale::Decimal(exponent), |value| as_scaled(value, scale)));
        if exponent <= SURE_DIGITS {
            return scales;
        }
    }
    if let Some(exponent) = binary_exponent(values) {
        let scale = power_of_two(i32::from(exponent));
        let back = power_of_two(-i32::from(exponent));
        scales.extend(collect(values, Scale::Binary(exponent), |value| {
            let number = (value * scale) as i64;
            ((number as f64 * back).to_bits() == value.to_bits()).then_some(number)
        }));
    }
    scales
}

/// Values that no scale makes an integer.
fn is_special(value: f64) -> bool {
    !value.is_finite() || (value == 0.0 && value.is_sign_negative())
}

fn collect(values: &[f64], scale: Scale, number_of: impl Fn(f64) -> Option<i64>) -> Option<Scaled> {
    let mut numbers = Vec::with_capacity(values.len());
    let mut exceptions = Vec::new();
    let mut last = values.iter().find_map(|value| number_of(*value)).unwrap_or(0);
    let limit = values.len() / 8 + 1;
    for (place, value) in values.iter().enumerate() {
        match number_of(*value) {
            Some(number) => last = number,
            None if exceptions.len() < limit => exceptions.push((u32::try_from(place).ok()?, value.to_bits())),
            None => return None,
        }
        numbers.push(last);
    }
    Some(Scaled { scale, numbers, exceptions })
}

/// The fewest digits after the point with which every value is a decimal.
fn decimal_exponent(values: &[f64]) -> Option<u8> {
    let mut exponent = 0u8;
    for value in values {
        if is_special(*value) {
            continue;
        }
        while as_scaled(*value, power_of_ten(u32::from(exponent))?).is_none() {
            exponent += 1;
            if exponent > MOST_DIGITS {
                return None;
            }
        }
    }
    Some(exponent)
}

/// The fewest bits after the point with which every value is a binary fraction that fits.
fn binary_exponent(values: &[f64]) -> Option<u8> {
    let mut after_point = 0i32;
    let mut before_point = i32::MIN;
    for value in values {
        if is_special(*value) || *value == 0.0 {
            continue;
        }
        let bits = value.to_bits();
        let exponent = i32::try_from(bits >> 52 & 0x7ff).ok()? - 1023;
        let zeros = i32::try_from((bits & ((1 << 52) - 1)).trailing_zeros().min(52)).ok()?;
        after_point = after_point.max(52 - zeros - exponent);
        before_point = before_point.max(exponent + 1);
        // Numbers have to keep clear of the sign bit, their differences too.
        if after_point + before_point > 61 || after_point > 200 {
            return None;
        }
    }
    u8::try_from(after_point).ok()
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(1023 + exponent).unwrap_or(0) << 52)
}

/// A double has about 15 digits; beyond it decimals are noise.
const MOST_DIGITS: u8 = 15;

/// With this many digits nobody but a person or a program that rounds has written the number.
const SURE_DIGITS: u8 = 4;
