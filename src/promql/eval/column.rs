//! The shape of everything that flows through evaluation: one value per series and step.

use crate::model::{Labels, METRIC_NAME, STALE_NAN};

/// Stands where a series has no value at a step.
///
/// It is the staleness marker: a signalling NaN, which no selector lets through as a value and which no arithmetic can
/// produce (every operation answers with a quiet NaN), so that a column needs no bitmap beside it.
pub(crate) const ABSENT: f64 = f64::from_bits(STALE_NAN);

/// True where a step has a value; an ordinary NaN is one.
#[inline]
pub(crate) fn is_present(value: f64) -> bool {
    value.to_bits() != STALE_NAN
}

/// How many steps of a column have a value.
pub(crate) fn count_present(values: &[f64]) -> usize {
    values.iter().filter(|value| is_present(**value)).count()
}

/// The steps of an evaluation: `count` times, `step` ms apart, from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The first time, in ms.
    pub start: i64,
    /// The distance in ms, at least 1.
    pub step: i64,
    /// How many steps there are; an evaluation has at least one, but for an empty subquery.
    pub count: usize,
}

impl Grid {
    /// A single time.
    pub(crate) fn instant(at: i64) -> Self {
        Self { start: at, step: 1, count: 1 }
    }

    /// The steps from `start` to `end`, both included.
    pub(crate) fn range(start: i64, end: i64, step: i64) -> Self {
        let step = step.max(1);
        let count = if end < start { 0 } else { end.saturating_sub(start) / step + 1 };
        Self { start, step, count: usize::try_from(count).unwrap_or(0) }
    }

    /// The time of a step.
    #[inline]
    pub(crate) fn time(&self, index: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// All times in their order.
    pub(crate) fn times(self) -> impl Iterator<Item = i64> {
        (0..self.count).map(move |index| self.time(index))
    }

    /// The first step alone.
    pub(crate) fn first(&self) -> Self {
        Self { count: self.count.min(1), ..*self }
    }
}

/// One series of an instant vector over all steps.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its labels.
    pub labels: Labels,
    /// The metric's name is to be dropped at the end; only used while name removal is delayed.
    pub drops_name: bool,
    /// As many as the grid has steps; [`ABSENT`] where there is none.
    pub values: Vec<f64>,
}

/// One scalar over all steps.
#[derive(Clone, Debug)]
pub(crate) enum Steps {
    /// The same at each step.
    Constant(f64),
    /// One a step.
    Each(Vec<f64>),
}

impl Steps {
    /// The value at a step.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Each(values) => values.get(index).copied().unwrap_or(f64::NAN),
        }
    }

    /// All values, one a step.
    pub(crate) fn into_values(self, count: usize) -> Vec<f64> {
        match self {
            Self::Constant(value) => vec![value; count],
            Self::Each(values) => values,
        }
    }

    /// Applies a function to every value.
    pub(crate) fn map(self, function: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(function(value)),
            Self::Each(mut values) => {
                values.iter_mut().for_each(|value| *value = function(*value));
                Self::Each(values)
            }
        }
    }

    /// Combines two scalars step by step.
    pub(crate) fn zip(self, other: Self, function: impl Fn(f64, f64) -> f64) -> Self {
        match (self, other) {
            (Self::Constant(left), Self::Constant(right)) => Self::Constant(function(left, right)),
            (Self::Each(left), right) => {
                Self::Each(left.into_iter().enumerate().map(|(index, left)| function(left, right.at(index))).collect())
            }
            (left @ Self::Constant(_), Self::Each(right)) => Self::Each(
                right.into_iter().enumerate().map(|(index, right)| function(left.at(index), right)).collect(),
            ),
        }
    }

    /// Each distinct entry: the constant once, or every step's value.
    pub(crate) fn values(&self) -> &[f64] {
        match self {
            Self::Constant(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }
}

/// True for the labels that say what a metric is, and that go when a value is no longer that metric's.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, METRIC_NAME | "__type__" | "__unit__")
}

/// The set without the labels that say what the metric is.
pub(crate) fn without_reserved(labels: &Labels) -> Labels {
    if labels.iter().any(|(name, _)| is_reserved(name)) {
        Labels::from_sorted(labels.iter().filter(|(name, _)| !is_reserved(name)))
    } else {
        labels.clone()
    }
}
