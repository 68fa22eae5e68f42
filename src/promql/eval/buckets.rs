//! Functions over the buckets of classic histograms.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{Labels, METRIC_NAME, parse_float};
use crate::promql::Span;
use crate::promql::annotations::{Annotation, Forced};
use crate::promql::plan::{ScalarNode, VectorNode};
use crate::promql::query_error::QueryError;

use super::column::{ABSENT, Grid, Row, Steps, is_present};
use super::evaluation::Evaluation;
use super::gofloat;
use super::pipeline::is_invalid_quantile;
use super::quantile::{Bucket, Repair, bucket_fraction, bucket_quantile};
use super::rows::drop_empty;

/// The series of one histogram, by their bounds.
struct Histogram {
    /// Without `le` and without the metric's name.
    labels: Labels,
    metric: String,
    /// Sorted by bound when all are gathered.
    columns: Vec<(f64, Vec<f64>)>,
}

impl Evaluation {
    /// `histogram_quantile` and `histogram_quantiles`.
    pub(super) fn bucket_quantiles(
        self: &Arc<Self>,
        child: &VectorNode,
        fractions: &[(ScalarNode, Span)],
        label: Option<&str>,
        span: Span,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        let mut evaluated = Vec::with_capacity(fractions.len());
        for (node, place) in fractions {
            let steps = self.scalar(node, grid)?;
            for fraction in steps.values().iter().filter(|fraction| is_invalid_quantile(**fraction)) {
                self.annotations.add(Annotation::InvalidQuantile(*fraction), *place);
            }
            evaluated.push(steps);
        }
        let histograms = self.histograms(child, span, grid)?;
        let mut rows = Vec::with_capacity(histograms.len() * evaluated.len());
        for fraction in &evaluated {
            for histogram in &histograms {
                self.limits.check_evaluation()?;
                rows.extend(self.quantile_rows(histogram, fraction, label, span, grid));
            }
        }
        drop_empty(&mut rows);
        self.drop_names(rows)
    }

    /// One row, or one for each value that φ takes where it becomes a label.
    fn quantile_rows(
        &self,
        histogram: &Histogram,
        fraction: &Steps,
        label: Option<&str>,
        span: Span,
        grid: Grid,
    ) -> Vec<Row> {
        let mut forced: Option<Forced> = None;
        let values = histogram.at_each_step(grid, |step, buckets| {
            let (value, repair) = bucket_quantile(fraction.at(step), buckets);
            if let Some(repair) = repair {
                note(&mut forced, &repair, grid.time(step));
            }
            value
        });
        if let Some(mut forced) = forced {
            if self.delayed_names {
                forced.metric.clone_from(&histogram.metric);
            }
            self.annotations.add(Annotation::ForcedMonotonicity(forced), span);
        }
        let Some(label) = label else {
            return vec![Row { labels: histogram.labels.clone(), drops_name: true, values }];
        };
        let mut distinct: Vec<u64> = fraction.values().iter().map(|value| value.to_bits()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        distinct
            .into_iter()
            .map(|bits| {
                let mut builder = histogram.labels.to_builder();
                builder.set(label, open_metrics_float(f64::from_bits(bits)));
                let values = values.iter().enumerate();
                let values = values
                    .map(|(step, value)| if fraction.at(step).to_bits() == bits { *value } else { ABSENT })
                    .collect();
                Row { labels: builder.build(), drops_name: true, values }
            })
            .collect()
    }

    /// `histogram_fraction`.
    pub(super) fn bucket_fractions(
        self: &Arc<Self>,
        child: &VectorNode,
        lower: &ScalarNode,
        upper: &ScalarNode,
        span: Span,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        let (lower, upper) = (self.scalar(lower, grid)?, self.scalar(upper, grid)?);
        let mut rows = Vec::new();
        for histogram in self.histograms(child, span, grid)? {
            self.limits.check_evaluation()?;
            let values =
                histogram.at_each_step(grid, |step, buckets| bucket_fraction(lower.at(step), upper.at(step), buckets));
            rows.push(Row { labels: histogram.labels, drops_name: true, values });
        }
        drop_empty(&mut rows);
        self.drop_names(rows)
    }

    /// Gathers the series of a vector into histograms.
    fn histograms(self: &Arc<Self>, child: &VectorNode, span: Span, grid: Grid) -> Result<Vec<Histogram>, QueryError> {
        let mut index: HashMap<Labels, usize> = HashMap::new();
        let mut histograms: Vec<Histogram> = Vec::new();
        for row in self.vector(child, grid)? {
            let bound = row.labels.value_or_empty(BUCKET);
            let Ok(upper) = parse_float(bound) else {
                let metric = if self.delayed_names { row.labels.metric_name() } else { "" };
                let annotation = Annotation::BadBucketLabel(metric.to_owned(), bound.to_owned());
                self.annotations.add(annotation, span);
                continue;
            };
            let position = *index.entry(row.labels.drop(&[BUCKET])).or_insert_with(|| {
                histograms.push(Histogram {
                    labels: row.labels.drop(&[BUCKET, METRIC_NAME]),
                    metric: row.labels.metric_name().to_owned(),
                    columns: Vec::new(),
                });
                histograms.len() - 1
            });
            if let Some(histogram) = histograms.get_mut(position) {
                histogram.columns.push((upper, row.values));
            }
        }
        for histogram in &mut histograms {
            histogram.columns.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        }
        Ok(histograms)
    }
}

impl Histogram {
    /// Calls `function` for each step at which there is any bucket.
    fn at_each_step(&self, grid: Grid, mut function: impl FnMut(usize, &mut Vec<Bucket>) -> f64) -> Vec<f64> {
        let mut buckets = Vec::with_capacity(self.columns.len());
        (0..grid.count)
            .map(|step| {
                buckets.clear();
                buckets.extend(self.columns.iter().filter_map(|(upper, values)| {
                    let count = *values.get(step).filter(|value| is_present(**value))?;
                    Some(Bucket { upper: *upper, count })
                }));
                if buckets.is_empty() { ABSENT } else { function(step, &mut buckets) }
            })
            .collect()
    }
}

fn note(forced: &mut Option<Forced>, repair: &Repair, time: i64) {
    let known = forced.get_or_insert(Forced {
        metric: String::new(),
        times: (time, time),
        buckets: (repair.lowest, repair.highest),
        largest_difference: repair.largest_difference,
        count: 0,
    });
    known.times.1 = time;
    known.buckets = (known.buckets.0.min(repair.lowest), known.buckets.1.max(repair.highest));
    known.largest_difference = known.largest_difference.max(repair.largest_difference);
    known.count += 1;
}

/// As OpenMetrics writes floats in labels: always with a point or an exponent.
fn open_metrics_float(value: f64) -> String {
    let text = gofloat::general(value);
    if text.contains(['.', 'e', 'I', 'N']) { text } else { text + ".0" }
}

/// The label with a bucket's upper bound.
const BUCKET: &str = "le";
