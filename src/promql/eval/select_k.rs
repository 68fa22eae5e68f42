//! Aggregations that choose among the samples of a group: `topk`, `bottomk`, `limitk`, `limit_ratio`.
//!
//! Only what is chosen is held: for each group and step a heap of at most k samples.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::Labels;
use crate::promql::AggregateOp;
use crate::promql::annotations::Annotation;
use crate::promql::plan::Aggregation;
use crate::promql::query_error::{EvaluationError, QueryError};

use super::aggregate::Groups;
use super::column::{ABSENT, Grid, Row, Steps, is_present};
use super::evaluation::Evaluation;
use super::gofloat;
use super::labels::compare_values;
use super::rows::drop_empty;

impl Evaluation {
    /// Evaluates one of these aggregations.
    pub(super) fn select_k(self: &Arc<Self>, aggregation: &Aggregation, grid: Grid) -> Result<Vec<Row>, QueryError> {
        let parameter = self.parameter(aggregation, grid)?;
        if aggregation.op == AggregateOp::LimitRatio {
            return self.limit_ratio(aggregation, &parameter, grid);
        }
        check_k(&parameter)?;
        if parameter.values().iter().all(|k| *k < 1.0) {
            return Ok(Vec::new());
        }
        let order = match aggregation.op {
            AggregateOp::TopK => Order::Largest,
            AggregateOp::BottomK => Order::Smallest,
            _ => Order::First,
        };
        let mut groups = Groups::new(aggregation);
        let mut heaps: Vec<Vec<Heap>> = Vec::new();
        let mut series: Vec<(Labels, bool)> = Vec::new();
        self.each(&aggregation.child, grid, &mut |row| {
            let group = groups.of(&row);
            if group == heaps.len() {
                heaps.push(vec![Heap::default(); grid.count]);
            }
            let index = series.len();
            let mut chosen = 0;
            for (step, value) in row.values.iter().enumerate().filter(|(_, value)| is_present(**value)) {
                let Some(heap) = heaps.get_mut(group).and_then(|heaps| heaps.get_mut(step)) else { continue };
                chosen += usize::from(heap.offer(order, parameter.at(step), Sample { value: *value, series: index }));
            }
            // A series that no heap took is not remembered.
            if chosen > 0 {
                self.limits.hold(chosen)?;
                series.push((row.labels, row.drops_name));
            }
            self.limits.check_evaluation()
        })?;
        let mut order_of_rows: Vec<usize> = Vec::new();
        let mut columns: HashMap<usize, Vec<f64>> = HashMap::new();
        for heaps in heaps {
            for (step, heap) in heaps.into_iter().enumerate() {
                for sample in heap.into_sorted(order) {
                    let column = columns.entry(sample.series).or_insert_with(|| {
                        order_of_rows.push(sample.series);
                        vec![ABSENT; grid.count]
                    });
                    if let Some(slot) = column.get_mut(step) {
                        *slot = sample.value;
                    }
                }
            }
        }
        Ok(order_of_rows
            .into_iter()
            .filter_map(|index| {
                let (labels, drops_name) = series.get(index)?.clone();
                Some(Row { labels, drops_name, values: columns.remove(&index)? })
            })
            .collect())
    }

    /// `limit_ratio`: the series whose hash falls into the given part of all hashes; a negative ratio takes the part that the
    /// positive one of its complement leaves.
    fn limit_ratio(
        self: &Arc<Self>,
        aggregation: &Aggregation,
        ratios: &Steps,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        if ratios.values().iter().any(|ratio| ratio.is_nan()) {
            return Err(EvaluationError::ParameterNaN { what: "Ratio" }.into());
        }
        let most = ratios.values().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = ratios.values().iter().copied().fold(f64::INFINITY, f64::min);
        for (value, capped, beyond) in [(most, 1.0, most > 1.0), (least, -1.0, least < -1.0)] {
            if beyond {
                self.annotations.add(Annotation::InvalidRatio(value, capped), aggregation.parameter_span);
            }
        }
        let mut rows = Vec::new();
        self.each(&aggregation.child, grid, &mut |mut row| {
            let place = row.labels.fingerprint() as f64 / u64::MAX as f64;
            for (step, value) in row.values.iter_mut().enumerate() {
                let ratio = ratios.at(step).clamp(-1.0, 1.0);
                let taken = if ratio >= 0.0 { place < ratio || ratio == 1.0 } else { place >= 1.0 + ratio };
                if !taken || ratio == 0.0 {
                    *value = ABSENT;
                }
            }
            rows.push(row);
            drop_empty(&mut rows);
            self.limits.check_evaluation()
        })?;
        Ok(rows)
    }
}

/// Which samples are chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Largest,
    Smallest,
    First,
}

#[derive(Clone, Copy)]
struct Sample {
    value: f64,
    series: usize,
}

/// A binary heap whose root is the sample to give up next. Sifting follows the textbook (and with it Go's library) step by
/// step, since among equal values the steps decide who stays.
#[derive(Clone, Default)]
struct Heap {
    samples: Vec<Sample>,
}

impl Heap {
    /// Takes a sample in, where it is among the chosen so far.
    fn offer(&mut self, order: Order, k: f64, sample: Sample) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "far fewer samples than 2^53")]
        let room = (self.samples.len() as f64) < k.trunc();
        if room && k >= 1.0 {
            self.samples.push(sample);
            if order != Order::First {
                self.rise(order);
            }
            return true;
        }
        let Some(root) = self.samples.first_mut() else { return false };
        let better = match order {
            Order::First => false,
            Order::Largest => root.value < sample.value || root.value.is_nan() && !sample.value.is_nan(),
            Order::Smallest => root.value > sample.value || root.value.is_nan() && !sample.value.is_nan(),
        };
        if better {
            *root = sample;
            self.sink(order);
        }
        better
    }

    /// Whether the sample at `a` is to be given up before the one at `b`.
    fn before(&self, order: Order, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.samples.get(a), self.samples.get(b)) else { return false };
        a.value.is_nan()
            || match order {
                Order::Largest => a.value < b.value,
                Order::Smallest | Order::First => a.value > b.value,
            }
    }

    fn rise(&mut self, order: Order) {
        let mut child = self.samples.len().saturating_sub(1);
        while child > 0 {
            let parent = (child - 1) / 2;
            if !self.before(order, child, parent) {
                return;
            }
            self.samples.swap(child, parent);
            child = parent;
        }
    }

    fn sink(&mut self, order: Order) {
        let mut parent = 0;
        loop {
            let (left, right) = (2 * parent + 1, 2 * parent + 2);
            if left >= self.samples.len() {
                return;
            }
            let child = if self.before(order, right, left) { right } else { left };
            if !self.before(order, child, parent) {
                return;
            }
            self.samples.swap(child, parent);
            parent = child;
        }
    }

    /// The best first.
    fn into_sorted(mut self, order: Order) -> Vec<Sample> {
        if order != Order::First {
            self.samples.sort_by(|a, b| compare_values(a.value, b.value, order == Order::Largest));
        }
        self.samples
    }
}

fn check_k(parameter: &Steps) -> Result<(), QueryError> {
    for k in parameter.values() {
        if k.is_nan() {
            return Err(EvaluationError::ParameterNaN { what: "Parameter" }.into());
        }
        let how = if *k >= LARGEST_INT {
            "overflows"
        } else if *k <= -LARGEST_INT {
            "underflows"
        } else {
            continue;
        };
        return Err(EvaluationError::ParameterRange { value: gofloat::general(*k), how }.into());
    }
    Ok(())
}

/// 2^63: from here on a float is no 64-bit integer.
const LARGEST_INT: f64 = 9_223_372_036_854_775_808.0;
