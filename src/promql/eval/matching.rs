//! Binary operators between two vectors: who meets whom, and what becomes of them.
//!
//! Series are put into match groups by the labels that have to be equal, once; then each group works on whole columns.
//! Conflicts only count at steps at which both sides have samples at all, as they do in an evaluation step by step.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{Labels, METRIC_NAME};
use crate::promql::annotations::Annotation;
use crate::promql::plan::Match;
use crate::promql::query_error::{EvaluationError, QueryError};
use crate::promql::{BinaryOp, Cardinality, VectorMatching};

use super::column::{ABSENT, Grid, Row, is_present, is_reserved};
use super::evaluation::Evaluation;
use super::math::{arithmetic, comparison};
use super::rows::{drop_empty, merge};

impl Evaluation {
    /// Evaluates a binary operator between two vectors.
    pub(super) fn match_vectors(self: &Arc<Self>, operation: &Match, grid: Grid) -> Result<Vec<Row>, QueryError> {
        let left = self.vector(&operation.left, grid)?;
        let right = self.vector(&operation.right, grid)?;
        self.limits.check_evaluation()?;
        let matching = &operation.matching;
        let mut rows = match operation.op {
            BinaryOp::And => filter_by(left, &right, matching, grid, true),
            BinaryOp::Unless => filter_by(left, &right, matching, grid, false),
            BinaryOp::Or => {
                let suppressed = presence(&left, matching, grid);
                let mut rows = left;
                for mut row in right {
                    if let Some(present) = suppressed.get(&signature(&row.labels, matching)) {
                        for (value, taken) in row.values.iter_mut().zip(present) {
                            if *taken {
                                *value = ABSENT;
                            }
                        }
                    }
                    rows.push(row);
                }
                rows
            }
            _ => self.combine(operation, left, right, grid)?,
        };
        drop_empty(&mut rows);
        merge(rows)
    }

    /// Arithmetic and comparisons.
    fn combine(&self, operation: &Match, left: Vec<Row>, right: Vec<Row>, grid: Grid) -> Result<Vec<Row>, QueryError> {
        let matching = &operation.matching;
        let swapped = matching.card == Cardinality::OneToMany;
        let (many, one) = if swapped { (right, left) } else { (left, right) };
        // `fill_left` is for the "many" side even where that stands on the right.
        let (fill_many, fill_one) = (matching.fill_left, matching.fill_right);
        let (has_many, has_one) = (any_present(&many, grid), any_present(&one, grid));
        let filled = fill_many.is_some() || fill_one.is_some();
        // Steps at which nothing can come out are not looked at, conflicts included.
        let alive: Vec<bool> = has_many
            .iter()
            .zip(&has_one)
            .map(|(many, one)| if filled { *many || *one } else { *many && *one })
            .collect();
        let ones = OneSide::new(&one, matching, &alive, if swapped { "left" } else { "right" })?;
        let mut combiner = Combiner {
            evaluation: self,
            operation,
            swapped,
            matched: HashMap::new(),
            labels: HashMap::new(),
            rows: Vec::new(),
            grid,
        };
        let no_ones = Vec::new();
        for row in many {
            self.limits.check_evaluation()?;
            let group = signature(&row.labels, matching);
            let partners = ones.groups.get(&group).unwrap_or(&no_ones);
            let mut unmatched = row.values.clone();
            for index in partners {
                let Some(partner) = one.get(*index) else { continue };
                for (value, other) in unmatched.iter_mut().zip(&partner.values) {
                    if is_present(*other) {
                        *value = ABSENT;
                    }
                }
                combiner.pair(&group, &row.labels, &row.values, &partner.labels, &partner.values)?;
            }
            if let Some(fill) = fill_one {
                let labels = signature(&row.labels, matching);
                let other: Vec<f64> =
                    unmatched.iter().map(|value| if is_present(*value) { fill } else { ABSENT }).collect();
                combiner.pair(&group, &row.labels, &unmatched, &labels, &other)?;
            }
        }
        if let Some(fill) = fill_many {
            for row in &one {
                let group = signature(&row.labels, matching);
                let taken = combiner.matched.get(&group).map(|matched| matched.any.clone());
                let other: Vec<f64> = row
                    .values
                    .iter()
                    .enumerate()
                    .map(|(step, value)| {
                        let matched = taken.as_ref().is_some_and(|taken| taken.get(step) == Some(&true));
                        if matched { ABSENT } else { *value }
                    })
                    .collect();
                let values: Vec<f64> =
                    other.iter().map(|value| if is_present(*value) { fill } else { ABSENT }).collect();
                combiner.pair(&group, &signature(&row.labels, matching), &values, &row.labels, &other)?;
            }
        }
        Ok(combiner.rows)
    }
}

/// The "one" side of an operator: at most one sample a group and step.
struct OneSide {
    groups: HashMap<Labels, Vec<usize>>,
}

impl OneSide {
    fn new(rows: &[Row], matching: &VectorMatching, alive: &[bool], side: &'static str) -> Result<Self, QueryError> {
        let mut groups: HashMap<Labels, Vec<usize>> = HashMap::new();
        // The conflict at the earliest step is the one to tell.
        let mut conflict: Option<(usize, &Row, &Row)> = None;
        for (index, row) in rows.iter().enumerate() {
            let members = groups.entry(signature(&row.labels, matching)).or_default();
            for other in members.iter().filter_map(|member| rows.get(*member)) {
                let both = row.values.iter().zip(&other.values).zip(alive);
                let step = both
                    .enumerate()
                    .find_map(|(step, ((a, b), alive))| (*alive && is_present(*a) && is_present(*b)).then_some(step));
                if let Some(step) = step
                    && conflict.is_none_or(|(earliest, ..)| step < earliest)
                {
                    conflict = Some((step, row, other));
                }
            }
            members.push(index);
        }
        if let Some((_, a, b)) = conflict {
            let mut series = [a.labels.clone(), b.labels.clone()];
            series.sort();
            let group = signature(&a.labels, matching);
            return Err(EvaluationError::DuplicateMatch { group, side, series }.into());
        }
        Ok(Self { groups })
    }
}

/// What a match group has produced so far.
struct Matched {
    /// Steps at which anything was matched.
    any: Vec<bool>,
    /// The same for each label set of a result, where there may be several.
    by_labels: HashMap<Labels, Vec<bool>>,
}

struct Combiner<'a> {
    evaluation: &'a Evaluation,
    operation: &'a Match,
    swapped: bool,
    matched: HashMap<Labels, Matched>,
    labels: HashMap<(Labels, Labels), Labels>,
    rows: Vec<Row>,
    grid: Grid,
}

impl Combiner<'_> {
    /// Combines two series of a group at all steps at which both have a value.
    fn pair(
        &mut self,
        group: &Labels,
        many: &Labels,
        many_values: &[f64],
        one: &Labels,
        one_values: &[f64],
    ) -> Result<(), QueryError> {
        let operation = self.operation;
        let both = |(a, b): (&f64, &f64)| is_present(*a) && is_present(*b);
        if !many_values.iter().zip(one_values).any(both) {
            return Ok(());
        }
        let labels = self
            .labels
            .entry((many.clone(), one.clone()))
            .or_insert_with(|| result_labels(many, one, operation, self.evaluation.delayed_names))
            .clone();
        let count = self.grid.count;
        let matched = self
            .matched
            .entry(group.clone())
            .or_insert_with(|| Matched { any: vec![false; count], by_labels: HashMap::new() });
        let one_to_one = operation.matching.card == Cardinality::OneToOne;
        let seen = if one_to_one {
            &mut matched.any
        } else {
            matched.by_labels.entry(labels.clone()).or_insert_with(|| vec![false; count])
        };
        for (slot, pair) in seen.iter_mut().zip(many_values.iter().zip(one_values)) {
            if both(pair) {
                if *slot {
                    return Err(if one_to_one {
                        EvaluationError::ManyToOne.into()
                    } else {
                        EvaluationError::GroupingNotUnique.into()
                    });
                }
                *slot = true;
            }
        }
        if !one_to_one {
            for (slot, pair) in matched.any.iter_mut().zip(many_values.iter().zip(one_values)) {
                *slot |= both(pair);
            }
        }
        let values = self.values(many_values, one_values);
        self.rows.push(Row { labels, drops_name: operation.return_bool, values });
        Ok(())
    }

    fn values(&self, many: &[f64], one: &[f64]) -> Vec<f64> {
        let operation = self.operation;
        let swapped = self.swapped;
        let apply = |function: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            many.iter()
                .zip(one)
                .map(|(many, one)| {
                    if !is_present(*many) || !is_present(*one) {
                        ABSENT
                    } else if swapped {
                        function(*one, *many)
                    } else {
                        function(*many, *one)
                    }
                })
                .collect()
        };
        if let Some(function) = arithmetic(operation.op) {
            apply(&function)
        } else if let Some(compare) = comparison(operation.op) {
            if operation.return_bool {
                apply(&|left, right| f64::from(u8::from(compare(left, right))))
            } else {
                apply(&|left, right| if compare(left, right) { left } else { ABSENT })
            }
        } else {
            let annotation = Annotation::IncompatibleTypes(operation.op.as_str());
            self.evaluation.annotations.add(annotation, operation.span);
            vec![ABSENT; many.len()]
        }
    }
}

/// The labels of what two series become.
fn result_labels(many: &Labels, one: &Labels, operation: &Match, delayed_names: bool) -> Labels {
    let matching = &operation.matching;
    let is_arithmetic = !operation.op.is_comparison();
    let mut builder = many.to_builder();
    let names: Vec<&str> = many.iter().map(|(name, _)| name).collect();
    for name in names {
        let gone = is_arithmetic && is_reserved(name)
            || matching.card == Cardinality::OneToOne && matching.on != matching.labels.iter().any(|l| l == name);
        if gone {
            builder.remove(name);
        }
    }
    for name in &matching.include {
        builder.set(name.as_str(), one.value_or_empty(name));
    }
    if operation.return_bool && !delayed_names {
        for name in [METRIC_NAME, "__type__", "__unit__"] {
            builder.remove(name);
        }
    }
    builder.build()
}

/// The labels that have to be equal: those of a match group, and of a sample that is filled in.
fn signature(labels: &Labels, matching: &VectorMatching) -> Labels {
    if matching.on {
        labels.keep(&matching.labels)
    } else {
        let listed = |name: &str| name == METRIC_NAME || matching.labels.iter().any(|label| label == name);
        Labels::from_sorted(labels.iter().filter(|(name, _)| !listed(name)))
    }
}

/// For each match group, the steps at which it has a sample.
fn presence(rows: &[Row], matching: &VectorMatching, grid: Grid) -> HashMap<Labels, Vec<bool>> {
    let mut groups: HashMap<Labels, Vec<bool>> = HashMap::new();
    for row in rows {
        let present = groups.entry(signature(&row.labels, matching)).or_insert_with(|| vec![false; grid.count]);
        for (slot, value) in present.iter_mut().zip(&row.values) {
            *slot |= is_present(*value);
        }
    }
    groups
}

/// Keeps the samples whose match group has (`and`) or has not (`unless`) a sample on the other side.
fn filter_by(mut left: Vec<Row>, right: &[Row], matching: &VectorMatching, grid: Grid, wanted: bool) -> Vec<Row> {
    let groups = presence(right, matching, grid);
    let nothing = vec![false; grid.count];
    for row in &mut left {
        let present = groups.get(&signature(&row.labels, matching)).unwrap_or(&nothing);
        for (value, present) in row.values.iter_mut().zip(present) {
            if *present != wanted {
                *value = ABSENT;
            }
        }
    }
    left
}

/// The steps at which any row has a value.
fn any_present(rows: &[Row], grid: Grid) -> Vec<bool> {
    let mut any = vec![false; grid.count];
    for row in rows {
        for (slot, value) in any.iter_mut().zip(&row.values) {
            *slot |= is_present(*value);
        }
    }
    any
}
