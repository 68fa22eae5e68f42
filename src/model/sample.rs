//! The one float value with a meaning of its own: the staleness marker.

/// Bits of the NaN that says "this series has ended here", as Prometheus writes it.
///
/// Every other NaN is an ordinary value. The payload must survive storage and the wire bit for bit.
pub const STALE_NAN: u64 = 0x7ff0_0000_0000_0002;

/// True for the staleness marker and for nothing else.
#[inline]
#[must_use]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN
}

/// The staleness marker as a value to append.
#[inline]
#[must_use]
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_NAN)
}
