//! From the tree of a query to its plan: times, lengths and constants get resolved, and what has one value for all steps
//! is found.

use std::sync::Arc;

use crate::model::{Labels, LabelsBuilder, METRIC_NAME, MatchOp, Matcher, anchored_regex, quote};

use super::ast::{
    Aggregate, AggregateOp, At, Binary, BinaryOp, Call, Expr, Extension, Length, MatrixSelector, Span, Subquery,
    ValueType, VectorSelector,
};
use super::eval::math::{between_scalars, function_of_one, go_max, go_min};
use super::eval::over_time::OverTime;
use super::functions_table::FunctionId;
use super::plan::{
    Aggregation, Match, Plan, RangeSource, Relabel, ScalarNode, Selector, SortBy, StagePlan, VectorNode,
};
use super::query_error::{EvaluationError, QueryError};

/// What a plan depends on besides the tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planner<'q> {
    /// The query's text, for messages.
    pub query: &'q str,
    /// The first time of evaluation, in ms.
    pub start: i64,
    /// The last time of evaluation, in ms.
    pub end: i64,
    /// The distance between two, in ms; 0 in an instant query.
    pub step: i64,
    /// The step of subqueries that name none, in ms.
    pub subquery_step: i64,
}

/// A node, and whether it has one value for all steps.
type Planned<T> = Result<(T, bool), QueryError>;

impl Planner<'_> {
    /// Plans a whole query.
    pub(crate) fn plan(&self, expr: &Expr) -> Result<Plan, QueryError> {
        Ok(match expr.value_type() {
            ValueType::Scalar => Plan::Scalar(self.scalar_once(expr)?),
            ValueType::Vector => Plan::Vector(self.vector_once(expr)?),
            ValueType::Matrix => Plan::Matrix(self.source(expr)?.0),
            ValueType::String => Plan::Text(self.text(expr).to_owned()),
        })
    }

    /// A scalar under something that changes from step to step.
    fn scalar_once(&self, expr: &Expr) -> Result<ScalarNode, QueryError> {
        let (node, invariant) = self.scalar(expr)?;
        Ok(once_scalar(node, invariant))
    }

    fn vector_once(&self, expr: &Expr) -> Result<VectorNode, QueryError> {
        let (node, invariant) = self.vector(expr)?;
        Ok(once_vector(node, invariant))
    }

    fn scalar(&self, expr: &Expr) -> Planned<ScalarNode> {
        Ok(match expr {
            Expr::Number(number) => (ScalarNode::Constant(number.value), true),
            Expr::Paren(paren) => return self.scalar(&paren.expr),
            Expr::Unary(unary) => {
                let (node, invariant) = self.scalar(&unary.expr)?;
                match node {
                    node if !unary.negative => (node, invariant),
                    ScalarNode::Constant(value) => (ScalarNode::Constant(-value), true),
                    node => (ScalarNode::Map(Box::new(node), |value| -value), invariant),
                }
            }
            Expr::Binary(binary) => {
                let (left, left_invariant) = self.scalar(&binary.lhs)?;
                let (right, right_invariant) = self.scalar(&binary.rhs)?;
                if let (ScalarNode::Constant(left), ScalarNode::Constant(right)) = (&left, &right) {
                    return Ok((ScalarNode::Constant(between_scalars(binary.op, *left, *right)), true));
                }
                let invariant = left_invariant && right_invariant;
                let left = once_scalar(left, left_invariant && !invariant);
                let right = once_scalar(right, right_invariant && !invariant);
                (ScalarNode::Binary(binary.op, Box::new(left), Box::new(right)), invariant)
            }
            Expr::Call(call) => return self.scalar_call(call),
            _ => (ScalarNode::Constant(f64::NAN), true),
        })
    }

    fn scalar_call(&self, call: &Call) -> Planned<ScalarNode> {
        let constant = |value: f64| Ok((ScalarNode::Constant(value), true));
        let seconds = |ms: i64| ms as f64 / 1000.0;
        match (call.function.id, call.args.as_slice()) {
            (FunctionId::Pi, _) => constant(std::f64::consts::PI),
            (FunctionId::Start, _) => constant(seconds(self.start)),
            (FunctionId::End, _) => constant(seconds(self.end)),
            (FunctionId::Step, _) => constant(seconds(self.step)),
            (FunctionId::Range, _) => constant(seconds(self.end - self.start)),
            (FunctionId::Time, _) => Ok((ScalarNode::Time, false)),
            (FunctionId::Scalar, [vector]) => {
                let (node, invariant) = self.vector(vector)?;
                Ok((ScalarNode::OfVector(Box::new(node)), invariant))
            }
            (id @ (FunctionId::MinOf | FunctionId::MaxOf), [left, right]) => {
                let function = if id == FunctionId::MinOf { go_min } else { go_max };
                let (left, left_invariant) = self.scalar(left)?;
                let (right, right_invariant) = self.scalar(right)?;
                let invariant = left_invariant && right_invariant;
                let left = once_scalar(left, left_invariant && !invariant);
                let right = once_scalar(right, right_invariant && !invariant);
                Ok((ScalarNode::Zip(Box::new(left), Box::new(right), function), invariant))
            }
            _ => Err(EvaluationError::Unsupported { what: call.function.name }.into()),
        }
    }

    fn vector(&self, expr: &Expr) -> Planned<VectorNode> {
        match expr {
            Expr::Paren(paren) => self.vector(&paren.expr),
            Expr::Vector(selector) => {
                let selector = self.selector(selector, None)?;
                let invariant = selector.at.is_some();
                Ok((VectorNode::Select(Arc::new(selector)), invariant))
            }
            Expr::Unary(unary) => {
                let (child, invariant) = self.vector(&unary.expr)?;
                if !unary.negative {
                    return Ok((child, invariant));
                }
                Ok((map(child, StagePlan::Function(|value| -value), true), invariant))
            }
            Expr::Binary(binary) => self.binary(binary),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Call(call) => self.vector_call(call),
            Expr::Number(_) | Expr::String(_) | Expr::Matrix(_) | Expr::Subquery(_) => {
                Err(EvaluationError::Unsupported { what: "this expression in place of a vector" }.into())
            }
        }
    }

    fn binary(&self, binary: &Binary) -> Planned<VectorNode> {
        if let Some(matching) = &binary.matching {
            let (left, left_invariant) = self.vector(&binary.lhs)?;
            let (right, right_invariant) = self.vector(&binary.rhs)?;
            let invariant = left_invariant && right_invariant;
            let operation = Match {
                op: binary.op,
                return_bool: binary.return_bool,
                matching: matching.clone(),
                left: once_vector(left, left_invariant && !invariant),
                right: once_vector(right, right_invariant && !invariant),
                span: binary.span,
            };
            return Ok((VectorNode::Match(Box::new(operation)), invariant));
        }
        let swapped = binary.lhs.value_type() == ValueType::Scalar;
        let (vector, scalar) = if swapped { (&binary.rhs, &binary.lhs) } else { (&binary.lhs, &binary.rhs) };
        let (vector, vector_invariant) = self.vector(vector)?;
        let (scalar, scalar_invariant) = self.scalar(scalar)?;
        let invariant = vector_invariant && scalar_invariant;
        let stage = StagePlan::WithScalar {
            op: binary.op,
            scalar: once_scalar(scalar, scalar_invariant && !invariant),
            swapped,
            return_bool: binary.return_bool,
            span: binary.span,
        };
        let is_trim = matches!(binary.op, BinaryOp::TrimLower | BinaryOp::TrimUpper);
        let drops_name = !is_trim && !binary.op.is_comparison() || binary.return_bool;
        Ok((map(once_vector(vector, vector_invariant && !invariant), stage, drops_name), invariant))
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Planned<VectorNode> {
        let (child, child_invariant) = self.vector(&aggregate.expr)?;
        let mut invariant = child_invariant;
        let mut parameter = None;
        let mut value_label = String::new();
        let mut parameter_span = aggregate.span;
        if let Some(expr) = &aggregate.param {
            parameter_span = expr.unparenthesized().span();
            if aggregate.op == AggregateOp::CountValues {
                self.text(expr).clone_into(&mut value_label);
                if !is_label_name(&value_label) {
                    return Err(EvaluationError::LabelName { name: self.source_of(expr, &value_label) }.into());
                }
            } else {
                let (node, parameter_invariant) = self.scalar(expr)?;
                invariant &= parameter_invariant;
                parameter = Some(once_scalar(node, parameter_invariant && !invariant));
            }
        }
        let aggregation = Aggregation {
            op: aggregate.op,
            child: once_vector(child, child_invariant && !invariant),
            parameter,
            value_label,
            grouping: aggregate.grouping.clone(),
            without: aggregate.without,
            parameter_span,
        };
        Ok((VectorNode::Aggregate(Box::new(aggregation)), invariant))
    }

    fn vector_call(&self, call: &Call) -> Planned<VectorNode> {
        let id = call.function.id;
        if let Some(function) = over_time_of(id) {
            return self.over_time(call, function);
        }
        let clock = function_of_one(id);
        match (id, call.args.as_slice()) {
            (FunctionId::AbsentOverTime, [range]) => {
                let (source, invariant) = self.source(range)?;
                let labels = absent_labels(range);
                Ok((VectorNode::AbsentOverTime { source, labels }, invariant))
            }
            // Dates without an argument are of the time of evaluation.
            (_, []) if clock.is_some() => {
                let function = clock.unwrap_or(f64::abs);
                Ok((VectorNode::OfScalar(ScalarNode::Clock(function)), false))
            }
            (FunctionId::Vector, [scalar]) => {
                let (node, invariant) = self.scalar(scalar)?;
                Ok((VectorNode::OfScalar(node), invariant))
            }
            (FunctionId::HistogramQuantile, [fraction, vector]) => {
                let span = fraction.unparenthesized().span();
                self.quantiles(vector, [(fraction, span)], None)
            }
            (FunctionId::HistogramQuantiles, [vector, label, fractions @ ..]) => {
                let fractions = fractions.iter().map(|fraction| (fraction, fraction.unparenthesized().span()));
                self.quantiles(vector, fractions, Some(self.text(label).to_owned()))
            }
            (FunctionId::HistogramFraction, [lower, upper, vector]) => {
                let (child, child_invariant) = self.vector(vector)?;
                let (lower, lower_invariant) = self.scalar(lower)?;
                let (upper, upper_invariant) = self.scalar(upper)?;
                let invariant = child_invariant && lower_invariant && upper_invariant;
                let node = VectorNode::BucketFraction {
                    child: Box::new(once_vector(child, child_invariant && !invariant)),
                    lower: once_scalar(lower, lower_invariant && !invariant),
                    upper: once_scalar(upper, upper_invariant && !invariant),
                    span: vector.unparenthesized().span(),
                };
                Ok((node, invariant))
            }
            (_, [vector, rest @ ..]) if vector.value_type() == ValueType::Vector => {
                self.call_on_vector(call, vector, rest)
            }
            _ => Err(EvaluationError::Unsupported { what: call.function.name }.into()),
        }
    }

    /// Functions whose first argument is a vector.
    fn call_on_vector(&self, call: &Call, vector: &Expr, rest: &[Expr]) -> Planned<VectorNode> {
        let id = call.function.id;
        let (child, child_invariant) = self.vector(vector)?;
        if let Some(function) = function_of_one(id) {
            return Ok((map(child, StagePlan::Function(function), true), child_invariant));
        }
        let mut invariant = child_invariant;
        let mut scalars = Vec::new();
        for scalar in rest.iter().filter(|expr| expr.value_type() == ValueType::Scalar) {
            let (node, scalar_invariant) = self.scalar(scalar)?;
            invariant &= scalar_invariant;
            scalars.push(once_scalar(node, scalar_invariant));
        }
        let mut scalars = scalars.into_iter();
        let mut next = |default: f64| scalars.next().unwrap_or(ScalarNode::Constant(default));
        let child = once_vector(child, child_invariant && !invariant);
        let boxed = |child: VectorNode| Box::new(child);
        let node = match id {
            FunctionId::Clamp => {
                let (least, most) = (next(f64::NAN), next(f64::NAN));
                map(child, StagePlan::Clamp { least, most }, true)
            }
            FunctionId::ClampMin => {
                let most = ScalarNode::Constant(f64::INFINITY);
                map(child, StagePlan::Clamp { least: next(f64::NAN), most }, true)
            }
            FunctionId::ClampMax => {
                let least = ScalarNode::Constant(f64::NEG_INFINITY);
                map(child, StagePlan::Clamp { least, most: next(f64::NAN) }, true)
            }
            FunctionId::Round => map(child, StagePlan::Round { multiple: next(1.0) }, true),
            FunctionId::Timestamp => match child {
                VectorNode::Select(selector) => VectorNode::SampleTime(selector),
                child => return Ok((VectorNode::EvaluationTime(boxed(once_vector(child, invariant))), false)),
            },
            FunctionId::Absent => VectorNode::Absent { child: boxed(child), labels: absent_labels(vector) },
            FunctionId::Sort | FunctionId::SortDesc => {
                let by = SortBy::Value { descending: id == FunctionId::SortDesc };
                VectorNode::Sort { child: boxed(child), by, span: call.span }
            }
            FunctionId::SortByLabel | FunctionId::SortByLabelDesc => {
                let names = rest.iter().map(|name| self.text(name).to_owned()).collect();
                let by = SortBy::Labels { names, descending: id == FunctionId::SortByLabelDesc };
                VectorNode::Sort { child: boxed(child), by, span: call.span }
            }
            FunctionId::LabelReplace => VectorNode::Relabel { child: boxed(child), change: self.label_replace(rest)? },
            FunctionId::LabelJoin => VectorNode::Relabel { child: boxed(child), change: self.label_join(rest)? },
            FunctionId::HistogramAvg
            | FunctionId::HistogramCount
            | FunctionId::HistogramSum
            | FunctionId::HistogramStddev
            | FunctionId::HistogramStdvar => VectorNode::NoFloats(boxed(child)),
            _ => return Err(EvaluationError::Unsupported { what: call.function.name }.into()),
        };
        Ok((node, invariant))
    }

    fn quantiles<'a>(
        &self,
        vector: &Expr,
        fractions: impl IntoIterator<Item = (&'a Expr, Span)>,
        label: Option<String>,
    ) -> Planned<VectorNode> {
        let (child, child_invariant) = self.vector(vector)?;
        let mut invariant = child_invariant;
        let mut planned = Vec::new();
        for (fraction, span) in fractions {
            let (node, fraction_invariant) = self.scalar(fraction)?;
            invariant &= fraction_invariant;
            planned.push((once_scalar(node, fraction_invariant), span));
        }
        let node = VectorNode::BucketQuantile {
            child: Box::new(once_vector(child, child_invariant && !invariant)),
            fractions: planned,
            label,
            span: vector.unparenthesized().span(),
        };
        Ok((node, invariant))
    }

    fn over_time(&self, call: &Call, function: OverTime) -> Planned<VectorNode> {
        let is_range = |expr: &&Expr| expr.value_type() == ValueType::Matrix;
        let Some(range) = call.args.iter().find(is_range) else {
            return Err(EvaluationError::Unsupported { what: call.function.name }.into());
        };
        if let Expr::Matrix(matrix) = range.unparenthesized() {
            check_extension(matrix.selector.extension, call)?;
        }
        let (source, source_invariant) = self.source(range)?;
        let mut invariant = source_invariant && function != OverTime::PredictLinear;
        let mut parameters = Vec::new();
        let mut parameter_span = call.span;
        for parameter in call.args.iter().filter(|expr| !is_range(expr)) {
            let (node, parameter_invariant) = self.scalar(parameter)?;
            invariant &= parameter_invariant;
            parameter_span = parameter.unparenthesized().span();
            parameters.push(once_scalar(node, parameter_invariant));
        }
        // Prometheus forgets where a subquery stands; its messages point to the start of the text.
        let span = match range.unparenthesized() {
            Expr::Subquery(_) => Span::default(),
            range => range.span(),
        };
        Ok((VectorNode::OverTime { function, source, parameters, parameter_span, span }, invariant))
    }

    /// A range vector, and whether it is the same at each step.
    fn source(&self, expr: &Expr) -> Planned<RangeSource> {
        match expr.unparenthesized() {
            Expr::Matrix(matrix) => self.matrix(matrix),
            Expr::Subquery(subquery) => self.subquery(subquery),
            _ => Err(EvaluationError::Unsupported { what: "this expression in place of a range vector" }.into()),
        }
    }

    fn matrix(&self, matrix: &MatrixSelector) -> Planned<RangeSource> {
        let selector = self.selector(&matrix.selector, matrix.selector.extension)?;
        let invariant = selector.at.is_some();
        let range = matrix.range.resolve_positive(self.step, self.end - self.start)?;
        Ok((RangeSource::Selector { selector: Arc::new(selector), range }, invariant))
    }

    fn subquery(&self, subquery: &Subquery) -> Planned<RangeSource> {
        let at = self.at(subquery.at);
        let range = subquery.range.resolve_positive(self.step, self.end - self.start)?;
        let step = match subquery.step {
            Length::Fixed(0) => self.subquery_step,
            ref step => step.resolve_positive(self.step, self.end - self.start)?,
        };
        let source = RangeSource::Subquery {
            node: Box::new(self.vector_once(&subquery.expr)?),
            range,
            step,
            at,
            offset: subquery.offset.resolve(self.step, self.end - self.start)?,
        };
        Ok((source, at.is_some()))
    }

    fn selector(
        &self,
        selector: &VectorSelector,
        checked_extension: Option<Extension>,
    ) -> Result<Selector, QueryError> {
        if selector.extension.or(checked_extension).is_some() {
            return Err(EvaluationError::Unsupported { what: "the modifier anchored or smoothed" }.into());
        }
        Ok(Selector {
            matchers: selector.matchers.clone(),
            at: self.at(selector.at),
            offset: selector.offset.resolve(self.step, self.end - self.start)?,
        })
    }

    fn at(&self, at: Option<At>) -> Option<i64> {
        at.map(|at| match at {
            At::Time(time) => time,
            At::Start => self.start,
            At::End => self.end,
        })
    }

    fn label_replace(&self, args: &[Expr]) -> Result<Relabel, QueryError> {
        let [target, replacement, source, pattern] = args else {
            return Err(EvaluationError::Unsupported { what: "label_replace" }.into());
        };
        let (target, pattern) = (self.text(target), self.text(pattern));
        let regex = anchored_regex(pattern).map_err(|_| EvaluationError::Regex { pattern: pattern.to_owned() })?;
        if !is_label_name(target) {
            let name = target.to_owned();
            let error = EvaluationError::FunctionLabelName { role: "destination", function: "label_replace", name };
            return Err(error.into());
        }
        Ok(Relabel::Replace {
            target: target.to_owned(),
            replacement: self.text(replacement).to_owned(),
            source: self.text(source).to_owned(),
            regex,
        })
    }

    fn label_join(&self, args: &[Expr]) -> Result<Relabel, QueryError> {
        let [target, separator, sources @ ..] = args else {
            return Err(EvaluationError::Unsupported { what: "label_join" }.into());
        };
        let error = |role, name: &str| {
            let name = name.to_owned();
            QueryError::from(EvaluationError::FunctionLabelName { role, function: "label_join", name })
        };
        let sources: Vec<String> = sources.iter().map(|source| self.text(source).to_owned()).collect();
        if let Some(name) = sources.iter().find(|name| !is_label_name(name)) {
            return Err(error("source", name));
        }
        let target = self.text(target).to_owned();
        if !is_label_name(&target) {
            return Err(error("destination", &target));
        }
        Ok(Relabel::Join { target, separator: self.text(separator).to_owned(), sources })
    }

    /// A text as it stands in the query, quotes and escapes included.
    fn source_of(&self, expr: &Expr, value: &str) -> String {
        let span = expr.unparenthesized().span();
        self.query.get(span.start..span.end).map_or_else(|| quote(value), str::to_owned)
    }

    fn text<'a>(&self, expr: &'a Expr) -> &'a str {
        match expr.unparenthesized() {
            Expr::String(text) => &text.value,
            _ => "",
        }
    }
}

/// Any text that is UTF-8 names a label. The parser puts the replacement character where it is not.
fn is_label_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::REPLACEMENT_CHARACTER)
}

fn once_scalar(node: ScalarNode, invariant: bool) -> ScalarNode {
    if !invariant || matches!(node, ScalarNode::Constant(_) | ScalarNode::Once(_)) {
        return node;
    }
    ScalarNode::Once(Box::new(node))
}

fn once_vector(node: VectorNode, invariant: bool) -> VectorNode {
    if !invariant || matches!(node, VectorNode::Once(_)) {
        return node;
    }
    VectorNode::Once(Box::new(node))
}

fn map(child: VectorNode, stage: StagePlan, drops_name: bool) -> VectorNode {
    VectorNode::Map { child: Box::new(child), stage, drops_name }
}

/// The labels of the one sample that says that there is none: what the selector's equalities ask for.
fn absent_labels(expr: &Expr) -> Labels {
    let matchers: &[Matcher] = match expr.unparenthesized() {
        Expr::Vector(selector) => &selector.matchers,
        Expr::Matrix(matrix) => &matrix.selector.matchers,
        _ => &[],
    };
    let mut builder = LabelsBuilder::default();
    let mut named = Vec::new();
    for matcher in matchers.iter().filter(|matcher| matcher.name != METRIC_NAME) {
        // Of a label that is asked for twice, or not for one value, nothing is known.
        if matcher.op == MatchOp::Equal && !named.contains(&&matcher.name) {
            builder.set(matcher.name.as_str(), matcher.value.as_str());
            named.push(&matcher.name);
        } else {
            builder.remove(&matcher.name);
        }
    }
    builder.build()
}

fn check_extension(extension: Option<Extension>, call: &Call) -> Result<(), QueryError> {
    let (allowed, known) = match extension {
        None => return Ok(()),
        Some(Extension::Anchored) => ("changes, delta, increase, rate, resets", &ANCHORED as &[FunctionId]),
        Some(Extension::Smoothed) => ("delta, increase, rate", &SMOOTHED as &[FunctionId]),
    };
    if known.contains(&call.function.id) {
        return Ok(());
    }
    let modifier = extension.map_or("", Extension::as_str);
    Err(EvaluationError::Extension { modifier, allowed, function: call.function.name }.into())
}

fn over_time_of(id: FunctionId) -> Option<OverTime> {
    Some(match id {
        FunctionId::AvgOverTime => OverTime::Avg,
        FunctionId::Changes => OverTime::Changes,
        FunctionId::CountOverTime => OverTime::Count,
        FunctionId::Delta => OverTime::Delta,
        FunctionId::Deriv => OverTime::Deriv,
        FunctionId::DoubleExponentialSmoothing => OverTime::DoubleExponentialSmoothing,
        FunctionId::FirstOverTime => OverTime::First,
        FunctionId::Idelta => OverTime::Idelta,
        FunctionId::Increase => OverTime::Increase,
        FunctionId::Irate => OverTime::Irate,
        FunctionId::LastOverTime => OverTime::Last,
        FunctionId::MadOverTime => OverTime::Mad,
        FunctionId::MaxOverTime => OverTime::Max,
        FunctionId::MinOverTime => OverTime::Min,
        FunctionId::PredictLinear => OverTime::PredictLinear,
        FunctionId::PresentOverTime => OverTime::Present,
        FunctionId::QuantileOverTime => OverTime::Quantile,
        FunctionId::Rate => OverTime::Rate,
        FunctionId::Resets => OverTime::Resets,
        FunctionId::StddevOverTime => OverTime::StdDev,
        FunctionId::StdvarOverTime => OverTime::StdVar,
        FunctionId::SumOverTime => OverTime::Sum,
        FunctionId::TsOfFirstOverTime => OverTime::TimeOfFirst,
        FunctionId::TsOfLastOverTime => OverTime::TimeOfLast,
        FunctionId::TsOfMaxOverTime => OverTime::TimeOfMax,
        FunctionId::TsOfMinOverTime => OverTime::TimeOfMin,
        _ => return None,
    })
}

const ANCHORED: [FunctionId; 5] =
    [FunctionId::Changes, FunctionId::Delta, FunctionId::Increase, FunctionId::Rate, FunctionId::Resets];
const SMOOTHED: [FunctionId; 3] = [FunctionId::Delta, FunctionId::Increase, FunctionId::Rate];
