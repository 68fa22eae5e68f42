//! Quantiles: of plain values, and of the buckets of a classic histogram.

/// The φ-quantile of values that are sorted with NaN first; between two values it lies on the line between them.
/// NaN for no values or φ = NaN, -Inf below 0, +Inf above 1.
pub(crate) fn quantile_of_sorted(fraction: f64, values: &[f64]) -> f64 {
    if values.is_empty() || fraction.is_nan() {
        return f64::NAN;
    }
    if fraction < 0.0 {
        return f64::NEG_INFINITY;
    }
    if fraction > 1.0 {
        return f64::INFINITY;
    }
    let last = values.len() - 1;
    let rank = fraction * last as f64;
    let floor = rank.floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= rank <= last")]
    let lower = floor.max(0.0) as usize;
    let upper = (lower + 1).min(last);
    let weight = rank - floor;
    let value = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    value(lower) * (1.0 - weight) + value(upper) * weight
}

/// Sorts ascending, NaN first.
pub(crate) fn sort_nan_first(values: &mut [f64]) {
    values.sort_unstable_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
        (false, false) => a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal),
    });
}

/// A bucket of a classic histogram: how many observations were at most `upper`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// The upper bound, included.
    pub upper: f64,
    /// The cumulative count.
    pub count: f64,
}

/// What had to be changed to make counts grow with the bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Repair {
    /// The lowest bound whose count was raised.
    pub lowest: f64,
    /// The highest one.
    pub highest: f64,
    /// The largest raise.
    pub largest_difference: f64,
}

/// The φ-quantile of a classic histogram whose buckets are sorted by their bounds, and what had to be repaired.
///
/// Within a bucket observations count as evenly spread; the lowest one begins at 0 where its bound is above 0. In the
/// bucket up to +Inf the answer is the highest finite bound.
pub(crate) fn bucket_quantile(fraction: f64, buckets: &mut Vec<Bucket>) -> (f64, Option<Repair>) {
    if fraction.is_nan() {
        return (f64::NAN, None);
    }
    if fraction < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if fraction > 1.0 {
        return (f64::INFINITY, None);
    }
    if buckets.last().is_none_or(|last| last.upper != f64::INFINITY) {
        return (f64::NAN, None);
    }
    coalesce(buckets);
    let repair = make_monotonic(buckets);
    let [.., below_last, last] = buckets.as_slice() else { return (f64::NAN, None) };
    if last.count == 0.0 {
        return (f64::NAN, None);
    }
    let mut rank = fraction * last.count;
    let finite = buckets.get(..buckets.len() - 1).unwrap_or(&[]);
    let index = finite.partition_point(|bucket| bucket.count < rank || bucket.count.is_nan() || rank.is_nan());
    let Some(bucket) = finite.get(index) else { return (below_last.upper, repair) };
    let below = index.checked_sub(1).and_then(|index| finite.get(index));
    let (start, count) = match below {
        None if bucket.upper <= 0.0 => return (bucket.upper, repair),
        None => (0.0, bucket.count),
        Some(below) => {
            rank -= below.count;
            (below.upper, bucket.count - below.count)
        }
    };
    (start + (bucket.upper - start) * (rank / count), repair)
}

/// The fraction of observations between two bounds, from buckets sorted by their bounds. A bound within a bucket
/// splits it evenly; a bucket with an infinite end is not split.
pub(crate) fn bucket_fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    if buckets.last().is_none_or(|last| last.upper != f64::INFINITY) {
        return f64::NAN;
    }
    coalesce(buckets);
    let total = buckets.last().map_or(0.0, |last| last.count);
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank_of = |bound: f64| {
        let mut rank = 0.0;
        let mut start = f64::NEG_INFINITY;
        for (index, bucket) in buckets.iter().enumerate() {
            if index == 0 && bucket.upper > 0.0 {
                start = 0.0;
            }
            if start >= bound {
                return rank;
            }
            if bucket.upper > bound {
                return if start == f64::NEG_INFINITY {
                    bucket.count
                } else {
                    rank + (bucket.count - rank) * (bound - start) / (bucket.upper - start)
                };
            }
            rank = bucket.count;
            start = bucket.upper;
        }
        total
    };
    let clip = |rank: f64| if rank > total { total } else { rank };
    (clip(rank_of(upper)) - clip(rank_of(lower))) / total
}

/// Merges buckets with the same bound (`1` and `1.0`).
fn coalesce(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|bucket, kept| {
        let same = bucket.upper == kept.upper;
        if same {
            kept.count += bucket.count;
        }
        same
    });
}

/// Raises counts that are below the one before; differences that rounding explains are evened out in silence.
fn make_monotonic(buckets: &mut [Bucket]) -> Option<Repair> {
    let (first, rest) = buckets.split_first_mut()?;
    let mut previous = first.count;
    let mut repair: Option<Repair> = None;
    for bucket in rest {
        if bucket.count == previous {
            continue;
        }
        if almost_equal(previous, bucket.count, ROUNDING) {
            bucket.count = previous;
            continue;
        }
        if bucket.count < previous {
            let difference = previous - bucket.count;
            let known = repair.get_or_insert(Repair {
                lowest: bucket.upper,
                highest: bucket.upper,
                largest_difference: difference,
            });
            known.lowest = known.lowest.min(bucket.upper);
            known.highest = known.highest.max(bucket.upper);
            known.largest_difference = known.largest_difference.max(difference);
            bucket.count = previous;
            continue;
        }
        previous = bucket.count;
    }
    repair
}

/// Equal but for a relative error of `epsilon`; NaN equals NaN.
pub(crate) fn almost_equal(a: f64, b: f64, epsilon: f64) -> bool {
    if a.is_nan() && b.is_nan() || a == b {
        return true;
    }
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < epsilon * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < epsilon
}

/// Relative differences between bucket counts below this come from float arithmetic, not from the data.
const ROUNDING: f64 = 1e-12;

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|(upper, count)| Bucket { upper: *upper, count: *count }).collect()
    }

    #[test]
    fn a_quantile_lies_on_the_line_between_bounds() {
        let mut four = buckets(&[(0.1, 5.0), (0.2, 7.0), (1.0, 11.0), (f64::INFINITY, 12.0)]);
        let (median, repair) = bucket_quantile(0.5, &mut four);
        assert!((median - 0.15).abs() < 1e-12 && repair.is_none());
        assert_eq!(bucket_quantile(1.0, &mut four), (1.0, None));
    }

    #[test]
    fn falling_counts_are_raised_and_reported() {
        let mut six =
            buckets(&[(0.1, 20.0), (1.0, 10.0), (10.0, 50.0), (100.0, 40.0), (1000.0, 90.0), (f64::INFINITY, 80.0)]);
        let (value, repair) = bucket_quantile(0.5, &mut six);
        assert_eq!(value, 8.5);
        assert_eq!(repair, Some(Repair { lowest: 1.0, highest: f64::INFINITY, largest_difference: 10.0 }));
    }

    #[test]
    fn a_fraction_does_not_split_infinite_buckets() {
        let mut below = buckets(&[(-3.0, 10.0), (-2.0, 12.0), (-1.0, 15.0), (f64::INFINITY, 100.0)]);
        assert_eq!(bucket_fraction(-4.0, -2.0, &mut below), 0.02);
        assert_eq!(bucket_fraction(f64::NEG_INFINITY, -1.5, &mut below), 0.135);
    }
}
