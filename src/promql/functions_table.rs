//! The functions of the language: the one list from which the parser, the checks, the evaluation and the documentation
//! learn their names, arguments and results.

use super::ast::ValueType;
use super::ast::ValueType::{Matrix, Scalar, String, Vector};

/// A function of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Which one; evaluation matches on this.
    pub id: FunctionId,
    /// The name as it is written, in lower case.
    pub name: &'static str,
    /// The types of the arguments. Where the number varies, the last one is optional and stands for those that follow.
    pub args: &'static [ValueType],
    /// Zero: exactly the listed arguments. `n > 0`: all but the last, and up to `n` of the last. Negative: all but the
    /// last, and any number of the last.
    pub variadic: i8,
    /// The type of the result.
    pub returns: ValueType,
    /// True for functions that have to be enabled.
    pub experimental: bool,
}

impl Function {
    /// The least number of arguments.
    #[must_use]
    pub fn least_args(&self) -> usize {
        if self.variadic == 0 { self.args.len() } else { self.args.len().saturating_sub(1) }
    }

    /// The greatest number of arguments; `None` where there is no limit.
    #[must_use]
    pub fn most_args(&self) -> Option<usize> {
        match self.variadic {
            0 => Some(self.args.len()),
            n => usize::try_from(n).ok().map(|optional| self.least_args() + optional),
        }
    }

    /// The type of the argument at `index`, counted from zero.
    #[must_use]
    pub fn arg_type(&self, index: usize) -> Option<ValueType> {
        self.args.get(index).or_else(|| self.args.last()).copied()
    }
}

/// Finds a function by its name, which is case-sensitive.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok().and_then(|index| FUNCTIONS.get(index))
}

/// Builds the table and the enum of its rows from one list.
macro_rules! functions {
    ($($id:ident $name:literal ($($arg:ident),*) $variadic:literal -> $returns:ident $stage:ident;)*) => {
        /// The functions by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FunctionId {
            $(#[doc = concat!("`", $name, "`")] $id,)*
        }

        /// Every function, sorted by name.
        pub static FUNCTIONS: &[Function] = &[
            $(Function {
                id: FunctionId::$id,
                name: $name,
                args: &[$($arg),*],
                variadic: $variadic,
                returns: $returns,
                experimental: functions!(@$stage),
            },)*
        ];
    };
    (@stable) => { false };
    (@experimental) => { true };
}

functions! {
    Abs "abs" (Vector) 0 -> Vector stable;
    Absent "absent" (Vector) 0 -> Vector stable;
    AbsentOverTime "absent_over_time" (Matrix) 0 -> Vector stable;
    Acos "acos" (Vector) 0 -> Vector stable;
    Acosh "acosh" (Vector) 0 -> Vector stable;
    Asin "asin" (Vector) 0 -> Vector stable;
    Asinh "asinh" (Vector) 0 -> Vector stable;
    Atan "atan" (Vector) 0 -> Vector stable;
    Atanh "atanh" (Vector) 0 -> Vector stable;
    AvgOverTime "avg_over_time" (Matrix) 0 -> Vector stable;
    Ceil "ceil" (Vector) 0 -> Vector stable;
    Changes "changes" (Matrix) 0 -> Vector stable;
    Clamp "clamp" (Vector, Scalar, Scalar) 0 -> Vector stable;
    ClampMax "clamp_max" (Vector, Scalar) 0 -> Vector stable;
    ClampMin "clamp_min" (Vector, Scalar) 0 -> Vector stable;
    Cos "cos" (Vector) 0 -> Vector stable;
    Cosh "cosh" (Vector) 0 -> Vector stable;
    CountOverTime "count_over_time" (Matrix) 0 -> Vector stable;
    DayOfMonth "day_of_month" (Vector) 1 -> Vector stable;
    DayOfWeek "day_of_week" (Vector) 1 -> Vector stable;
    DayOfYear "day_of_year" (Vector) 1 -> Vector stable;
    DaysInMonth "days_in_month" (Vector) 1 -> Vector stable;
    Deg "deg" (Vector) 0 -> Vector stable;
    Delta "delta" (Matrix) 0 -> Vector stable;
    Deriv "deriv" (Matrix) 0 -> Vector stable;
    DoubleExponentialSmoothing "double_exponential_smoothing" (Matrix, Scalar, Scalar) 0 -> Vector experimental;
    End "end" () 0 -> Scalar experimental;
    Exp "exp" (Vector) 0 -> Vector stable;
    FirstOverTime "first_over_time" (Matrix) 0 -> Vector stable;
    Floor "floor" (Vector) 0 -> Vector stable;
    HistogramAvg "histogram_avg" (Vector) 0 -> Vector stable;
    HistogramCount "histogram_count" (Vector) 0 -> Vector stable;
    HistogramFraction "histogram_fraction" (Scalar, Scalar, Vector) 0 -> Vector stable;
    HistogramQuantile "histogram_quantile" (Scalar, Vector) 0 -> Vector stable;
    HistogramQuantiles "histogram_quantiles" (Vector, String, Scalar, Scalar) 9 -> Vector experimental;
    HistogramStddev "histogram_stddev" (Vector) 0 -> Vector stable;
    HistogramStdvar "histogram_stdvar" (Vector) 0 -> Vector stable;
    HistogramSum "histogram_sum" (Vector) 0 -> Vector stable;
    Hour "hour" (Vector) 1 -> Vector stable;
    Idelta "idelta" (Matrix) 0 -> Vector stable;
    Increase "increase" (Matrix) 0 -> Vector stable;
    Info "info" (Vector, Vector) 1 -> Vector experimental;
    Irate "irate" (Matrix) 0 -> Vector stable;
    LabelJoin "label_join" (Vector, String, String, String) -1 -> Vector stable;
    LabelReplace "label_replace" (Vector, String, String, String, String) 0 -> Vector stable;
    LastOverTime "last_over_time" (Matrix) 0 -> Vector stable;
    Ln "ln" (Vector) 0 -> Vector stable;
    Log10 "log10" (Vector) 0 -> Vector stable;
    Log2 "log2" (Vector) 0 -> Vector stable;
    MadOverTime "mad_over_time" (Matrix) 0 -> Vector experimental;
    MaxOf "max_of" (Scalar, Scalar) 0 -> Scalar experimental;
    MaxOverTime "max_over_time" (Matrix) 0 -> Vector stable;
    MinOf "min_of" (Scalar, Scalar) 0 -> Scalar experimental;
    MinOverTime "min_over_time" (Matrix) 0 -> Vector stable;
    Minute "minute" (Vector) 1 -> Vector stable;
    Month "month" (Vector) 1 -> Vector stable;
    Pi "pi" () 0 -> Scalar stable;
    PredictLinear "predict_linear" (Matrix, Scalar) 0 -> Vector stable;
    PresentOverTime "present_over_time" (Matrix) 0 -> Vector stable;
    QuantileOverTime "quantile_over_time" (Scalar, Matrix) 0 -> Vector stable;
    Rad "rad" (Vector) 0 -> Vector stable;
    Range "range" () 0 -> Scalar experimental;
    Rate "rate" (Matrix) 0 -> Vector stable;
    Resets "resets" (Matrix) 0 -> Vector stable;
    Round "round" (Vector, Scalar) 1 -> Vector stable;
    Scalar "scalar" (Vector) 0 -> Scalar stable;
    Sgn "sgn" (Vector) 0 -> Vector stable;
    Sin "sin" (Vector) 0 -> Vector stable;
    Sinh "sinh" (Vector) 0 -> Vector stable;
    Sort "sort" (Vector) 0 -> Vector stable;
    SortByLabel "sort_by_label" (Vector, String) -1 -> Vector experimental;
    SortByLabelDesc "sort_by_label_desc" (Vector, String) -1 -> Vector experimental;
    SortDesc "sort_desc" (Vector) 0 -> Vector stable;
    Sqrt "sqrt" (Vector) 0 -> Vector stable;
    Start "start" () 0 -> Scalar experimental;
    StartTimestamp "start_timestamp" (Vector) 0 -> Vector experimental;
    StddevOverTime "stddev_over_time" (Matrix) 0 -> Vector stable;
    StdvarOverTime "stdvar_over_time" (Matrix) 0 -> Vector stable;
    Step "step" () 0 -> Scalar experimental;
    SumOverTime "sum_over_time" (Matrix) 0 -> Vector stable;
    Tan "tan" (Vector) 0 -> Vector stable;
    Tanh "tanh" (Vector) 0 -> Vector stable;
    Time "time" () 0 -> Scalar stable;
    Timestamp "timestamp" (Vector) 0 -> Vector stable;
    TsOfFirstOverTime "ts_of_first_over_time" (Matrix) 0 -> Vector experimental;
    TsOfLastOverTime "ts_of_last_over_time" (Matrix) 0 -> Vector experimental;
    TsOfMaxOverTime "ts_of_max_over_time" (Matrix) 0 -> Vector experimental;
    TsOfMinOverTime "ts_of_min_over_time" (Matrix) 0 -> Vector experimental;
    Vector "vector" (Scalar) 0 -> Vector stable;
    Year "year" (Vector) 1 -> Vector stable;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_by_name() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(function("rate").map(|found| found.id), Some(FunctionId::Rate));
        assert_eq!(function("Rate"), None);
    }

    #[test]
    fn the_number_of_arguments_follows_from_the_row() {
        let bounds = |name| function(name).map(|found| (found.least_args(), found.most_args()));
        assert_eq!(bounds("clamp"), Some((3, Some(3))));
        assert_eq!(bounds("round"), Some((1, Some(2))));
        assert_eq!(bounds("label_join"), Some((3, None)));
        assert_eq!(bounds("histogram_quantiles"), Some((3, Some(12))));
        assert_eq!(bounds("time"), Some((0, Some(0))));
    }
}
