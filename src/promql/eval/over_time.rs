//! Functions over range vectors: a window slides over a column of samples with two moving indices.
//!
//! A window is open on its left and closed on its right. Samples come without staleness markers. Every function answers
//! with [`ABSENT`] where the window does not hold enough for it.

use crate::storage::Columns;

use super::column::{ABSENT, Grid, Steps};
use super::kahan::{Kahan, Mean};
use super::quantile::quantile_of_sorted;

/// A function over a range vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverTime {
    Avg,
    Changes,
    Count,
    Delta,
    Deriv,
    DoubleExponentialSmoothing,
    First,
    Idelta,
    Increase,
    Irate,
    Last,
    Mad,
    Max,
    Min,
    PredictLinear,
    Present,
    Quantile,
    Rate,
    Resets,
    StdDev,
    StdVar,
    Sum,
    TimeOfFirst,
    TimeOfLast,
    TimeOfMax,
    TimeOfMin,
}

impl OverTime {
    /// True for the functions that pick a sample of the series itself, which keeps its name.
    pub(crate) fn keeps_name(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }
}

/// Where the windows of a range vector lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    /// The steps of evaluation.
    pub grid: Grid,
    /// A fixed time that stands for each step's own.
    pub at: Option<i64>,
    /// How far before that time a window ends, in ms.
    pub offset: i64,
    /// How long a window is, in ms.
    pub range: i64,
}

impl Windows {
    /// The end of the window of a step.
    #[inline]
    pub(crate) fn end(&self, index: usize) -> i64 {
        self.at.unwrap_or_else(|| self.grid.time(index)).saturating_sub(self.offset)
    }

    /// The first and the last time that any window covers, both included.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        let first = self.end(0).saturating_sub(self.range).saturating_add(1);
        (first, self.end(self.grid.count.saturating_sub(1)))
    }

    /// How many samples each window holds.
    pub(crate) fn sizes(&self, samples: &Columns) -> Vec<u64> {
        let mut sizes = vec![0; self.grid.count];
        self.slide(samples, &mut Vec::new(), |window| {
            if let Some(size) = sizes.get_mut(window.step) {
                *size = window.values.len() as u64;
            }
            0.0
        });
        sizes
    }

    /// Calls `function` for each step whose window is not empty.
    #[inline]
    fn slide(&self, samples: &Columns, out: &mut Vec<f64>, mut function: impl FnMut(&Window<'_>) -> f64) -> Seen {
        out.clear();
        out.reserve(self.grid.count);
        let times = samples.timestamps.as_slice();
        let values = samples.values.as_slice();
        let (mut low, mut high) = (0_usize, 0_usize);
        let mut seen = Seen::default();
        for step in 0..self.grid.count {
            let end = self.end(step);
            let start = end.saturating_sub(self.range);
            while times.get(high).is_some_and(|time| *time <= end) {
                high += 1;
            }
            while low < high && times.get(low).is_some_and(|time| *time <= start) {
                low += 1;
            }
            let (Some(window_times), Some(window_values)) = (times.get(low..high), values.get(low..high)) else {
                out.push(ABSENT);
                continue;
            };
            if window_times.is_empty() {
                out.push(ABSENT);
                continue;
            }
            seen.samples += (high - low) as u64;
            seen.largest = seen.largest.max(high - low);
            out.push(function(&Window { times: window_times, values: window_values, start, end, low, high, step }));
        }
        seen
    }
}

/// How many samples windows held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// All windows together.
    pub samples: u64,
    /// The largest of them.
    pub largest: usize,
}

/// The samples of one window, at least one.
struct Window<'a> {
    times: &'a [i64],
    values: &'a [f64],
    /// The border on the left, not included.
    start: i64,
    /// The border on the right, included.
    end: i64,
    /// Indices of the samples within the whole column.
    low: usize,
    high: usize,
    /// The step of evaluation.
    step: usize,
}

impl Window<'_> {
    /// The first and the last sample.
    #[inline]
    fn ends(&self) -> Option<(i64, f64, i64, f64)> {
        Some((*self.times.first()?, *self.values.first()?, *self.times.last()?, *self.values.last()?))
    }
}

/// Slides a function over the samples of one series. `out` gets one value a step.
pub(crate) fn over_time(
    function: OverTime,
    windows: &Windows,
    parameters: &[Steps],
    samples: &Columns,
    out: &mut Vec<f64>,
) -> Seen {
    let parameter = |index: usize, step: usize| parameters.get(index).map_or(f64::NAN, |steps| steps.at(step));
    match function {
        OverTime::Rate => extrapolated(windows, samples, out, true, true),
        OverTime::Increase => extrapolated(windows, samples, out, true, false),
        OverTime::Delta => extrapolated(windows, samples, out, false, false),
        OverTime::Irate => windows.slide(samples, out, |window| instant_change(window, true)),
        OverTime::Idelta => windows.slide(samples, out, |window| instant_change(window, false)),
        OverTime::Sum => windows.slide(samples, out, |window| {
            let mut sum = Kahan::default();
            window.values.iter().for_each(|value| sum.add(*value));
            if sum.sum.is_infinite() { sum.sum } else { sum.total() }
        }),
        OverTime::Avg => windows.slide(samples, out, |window| {
            let Some((first, rest)) = window.values.split_first() else { return ABSENT };
            let mut mean = Mean::new(*first);
            rest.iter().for_each(|value| mean.add(*value));
            mean.value()
        }),
        OverTime::Count => windows.slide(samples, out, |window| window.values.len() as f64),
        OverTime::Present => windows.slide(samples, out, |_| 1.0),
        OverTime::First => windows.slide(samples, out, |window| window.values.first().copied().unwrap_or(ABSENT)),
        OverTime::Last => windows.slide(samples, out, |window| window.values.last().copied().unwrap_or(ABSENT)),
        OverTime::Max => windows.slide(samples, out, |window| extreme(window, |value, best| value > best).1),
        OverTime::Min => windows.slide(samples, out, |window| extreme(window, |value, best| value < best).1),
        OverTime::TimeOfMax => windows.slide(samples, out, |window| extreme(window, |value, best| value >= best).0),
        OverTime::TimeOfMin => windows.slide(samples, out, |window| extreme(window, |value, best| value <= best).0),
        OverTime::TimeOfFirst => {
            windows.slide(samples, out, |window| window.times.first().map_or(ABSENT, |time| seconds(*time)))
        }
        OverTime::TimeOfLast => {
            windows.slide(samples, out, |window| window.times.last().map_or(ABSENT, |time| seconds(*time)))
        }
        OverTime::StdVar => windows.slide(samples, out, variance),
        OverTime::StdDev => windows.slide(samples, out, |window| variance(window).sqrt()),
        OverTime::Changes => windows.slide(samples, out, |window| {
            pairs(window.values)
                .filter(|(before, after)| after != before && !(after.is_nan() && before.is_nan()))
                .count() as f64
        }),
        OverTime::Resets => windows
            .slide(samples, out, |window| pairs(window.values).filter(|(before, after)| after < before).count() as f64),
        OverTime::Deriv => windows.slide(samples, out, |window| {
            let Some((first, ..)) = window.ends().filter(|_| window.values.len() > 1) else { return ABSENT };
            linear_regression(window, first).0
        }),
        OverTime::PredictLinear => windows.slide(samples, out, |window| {
            if window.values.len() < 2 {
                return ABSENT;
            }
            let (slope, intercept) = linear_regression(window, windows.grid.time(window.step));
            slope * parameter(0, window.step) + intercept
        }),
        OverTime::Quantile => {
            let mut sorted = Vec::new();
            windows.slide(samples, out, |window| {
                sorted.clear();
                sorted.extend_from_slice(window.values);
                quantile(parameter(0, window.step), &mut sorted)
            })
        }
        OverTime::Mad => {
            let mut sorted = Vec::new();
            windows.slide(samples, out, |window| {
                if window.values.iter().any(|value| value.is_nan()) {
                    return f64::NAN;
                }
                sorted.clear();
                sorted.extend_from_slice(window.values);
                let median = quantile(0.5, &mut sorted);
                sorted.clear();
                sorted.extend(window.values.iter().map(|value| (value - median).abs()));
                quantile(0.5, &mut sorted)
            })
        }
        OverTime::DoubleExponentialSmoothing => windows.slide(samples, out, |window| {
            double_exponential_smoothing(window.values, parameter(0, window.step), parameter(1, window.step))
        }),
    }
}

/// `rate`, `increase` and `delta`: the change between the first and the last sample, stretched to the borders of the
/// window where the samples come close to them.
fn extrapolated(windows: &Windows, samples: &Columns, out: &mut Vec<f64>, counter: bool, per_second: bool) -> Seen {
    let range_seconds = go_seconds(windows.range);
    // Indices of samples below their predecessor; mostly none, which makes a window constant work.
    let resets: Vec<usize> = if counter {
        pairs(&samples.values)
            .enumerate()
            .filter(|(_, (before, after))| after < before)
            .map(|(index, _)| index + 1)
            .collect()
    } else {
        Vec::new()
    };
    let mut next_reset = 0_usize;
    windows.slide(samples, out, |window| {
        let Some((first_time, first, last_time, last)) = window.ends().filter(|_| window.values.len() > 1) else {
            return ABSENT;
        };
        let mut result = last - first;
        if !resets.is_empty() {
            while resets.get(next_reset).is_some_and(|index| *index <= window.low) {
                next_reset += 1;
            }
            for index in resets.iter().skip(next_reset).take_while(|index| **index < window.high) {
                result += samples.values.get(index - 1).copied().unwrap_or(0.0);
            }
        }
        let mut to_start = seconds(first_time - window.start);
        let mut to_end = seconds(window.end - last_time);
        let sampled = seconds(last_time - first_time);
        let between_samples = sampled / (window.values.len() - 1) as f64;
        let threshold = between_samples * 1.1;
        if to_start >= threshold {
            to_start = between_samples / 2.0;
        }
        if counter {
            // A counter cannot have been below zero: its slope meets zero at the earliest possible start.
            let to_zero = if result > 0.0 && first >= 0.0 { sampled * (first / result) } else { to_start };
            if to_zero < to_start {
                to_start = to_zero;
            }
        }
        if to_end >= threshold {
            to_end = between_samples / 2.0;
        }
        let mut factor = (sampled + to_start + to_end) / sampled;
        if per_second {
            factor /= range_seconds;
        }
        result * factor
    })
}

/// `irate` and `idelta`: the change between the last two samples.
fn instant_change(window: &Window<'_>, rate: bool) -> f64 {
    let (&[.., before_time, after_time], &[.., before, after]) = (window.times, window.values) else { return ABSENT };
    let change = if rate && after < before { after } else { after - before };
    if after_time == before_time {
        return ABSENT;
    }
    if rate { change / seconds(after_time - before_time) } else { change }
}

/// The time in seconds and the value of the sample that beats all others; a NaN is beaten by anything.
fn extreme(window: &Window<'_>, beats: impl Fn(f64, f64) -> bool) -> (f64, f64) {
    let Some((mut time, mut best, ..)) = window.ends() else { return (ABSENT, ABSENT) };
    for (candidate_time, candidate) in window.times.iter().zip(window.values) {
        if beats(*candidate, best) || best.is_nan() {
            (time, best) = (*candidate_time, *candidate);
        }
    }
    (seconds(time), best)
}

fn variance(window: &Window<'_>) -> f64 {
    let (mut mean, mut squares) = (Kahan::default(), Kahan::default());
    let mut count = 0.0;
    for value in window.values {
        count += 1.0;
        let delta = value - mean.total();
        mean.add(delta / count);
        squares.add(delta * (value - mean.total()));
    }
    squares.total() / count
}

/// Least squares over at least two samples: the slope per second and the value at `origin`.
fn linear_regression(window: &Window<'_>, origin: i64) -> (f64, f64) {
    let first = window.values.first().copied().unwrap_or(f64::NAN);
    let mut constant = true;
    let mut count = 0.0;
    let (mut sum_x, mut sum_y, mut sum_xy, mut sum_xx) =
        (Kahan::default(), Kahan::default(), Kahan::default(), Kahan::default());
    for (index, (time, y)) in window.times.iter().zip(window.values).enumerate() {
        if constant && index > 0 && *y != first {
            constant = false;
        }
        count += 1.0;
        let x = (time - origin) as f64 / 1e3;
        sum_x.add(x);
        sum_y.add(*y);
        sum_xy.add(x * y);
        sum_xx.add(x * x);
    }
    if constant {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let (sum_x, sum_y, sum_xy, sum_xx) = (sum_x.total(), sum_y.total(), sum_xy.total(), sum_xx.total());
    let covariance = sum_xy - sum_x * sum_y / count;
    let variance = sum_xx - sum_x * sum_x / count;
    let slope = covariance / variance;
    (slope, sum_y / count - slope * sum_x / count)
}

/// Holt's linear method: a level and a trend, both smoothed.
fn double_exponential_smoothing(values: &[f64], smoothing: f64, trend: f64) -> f64 {
    let [first, second, ..] = values else { return ABSENT };
    let (mut before, mut level, mut slope) = (0.0, *first, second - first);
    for (index, value) in values.iter().skip(1).enumerate() {
        let scaled = smoothing * value;
        if index > 0 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let predicted = (1.0 - smoothing) * (level + slope);
        (before, level) = (level, scaled + predicted);
    }
    level
}

/// The quantile of unsorted values, which get sorted.
fn quantile(fraction: f64, values: &mut [f64]) -> f64 {
    super::quantile::sort_nan_first(values);
    quantile_of_sorted(fraction, values)
}

/// Each value with the one behind it.
fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    values.iter().zip(values.iter().skip(1)).map(|(before, after)| (*before, *after))
}

#[inline]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Seconds of a duration, rounded as Go rounds them: whole seconds plus the rest.
fn go_seconds(ms: i64) -> f64 {
    (ms / 1000) as f64 + (ms % 1000 * 1_000_000) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(function: OverTime, range: i64, grid: Grid, samples: &[(i64, f64)]) -> Vec<f64> {
        let mut columns = Columns::default();
        samples.iter().for_each(|(time, value)| columns.push(*time, *value));
        let mut out = Vec::new();
        over_time(function, &Windows { grid, at: None, offset: 0, range }, &[], &columns, &mut out);
        out
    }

    #[test]
    fn windows_are_open_on_the_left() {
        let samples = [(0, 1.0), (10, 2.0), (20, 3.0), (30, 4.0)];
        assert_eq!(run(OverTime::Sum, 20, Grid::range(20, 30, 10), &samples), [5.0, 7.0]);
        assert_eq!(run(OverTime::Count, 10, Grid::range(0, 30, 30), &samples), [1.0, 1.0]);
    }

    #[test]
    fn only_resets_within_the_window_count() {
        let samples = [(0, 5.0), (10, 1.0), (20, 2.0), (30, 0.0), (40, 1.0)];
        let windows = Windows { grid: Grid::range(20, 40, 10), at: None, offset: 0, range: 21 };
        let mut columns = Columns::default();
        samples.iter().for_each(|(time, value)| columns.push(*time, *value));
        let mut out = Vec::new();
        over_time(OverTime::Resets, &windows, &[], &columns, &mut out);
        assert_eq!(out, [1.0, 1.0, 1.0]);
        over_time(OverTime::Increase, &windows, &[], &columns, &mut out);
        // 5 1 2: -3 and the 5 before the reset; 1 2 0 and 2 0 1: -1 and the 2. Each is stretched by 1 ms to the left.
        let stretched = |change: f64| change * (21.0 / 20.0);
        assert!(
            out.iter().zip([2.0, 1.0, 1.0]).all(|(value, change)| (value - stretched(change)).abs() < 1e-9),
            "{out:?}"
        );
    }
}
