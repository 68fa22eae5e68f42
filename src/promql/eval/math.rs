//! Functions of one value, and operators between two.

use crate::promql::{BinaryOp, FunctionId};

use super::column::{ABSENT, Steps, is_present};

/// What happens to each value of a column on its own.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// A function of the value.
    Function(fn(f64) -> f64),
    /// An operator with a scalar on the other side.
    WithScalar {
        op: BinaryOp,
        scalar: Steps,
        /// True where the scalar stands on the left.
        swapped: bool,
        return_bool: bool,
    },
    /// Cuts values off at two bounds; nothing is left where they cross.
    Clamp { least: Steps, most: Steps },
    /// Rounds to the nearest multiple, ties upwards.
    Round { multiple: Steps },
}

impl Stage {
    /// Applies the stage in place.
    pub(crate) fn apply(&self, values: &mut [f64]) {
        match self {
            Self::Function(function) => {
                for value in values.iter_mut().filter(|value| is_present(**value)) {
                    *value = function(*value);
                }
            }
            Self::WithScalar { op, scalar, swapped, return_bool } => {
                with_scalar(*op, scalar, *swapped, *return_bool, values);
            }
            Self::Clamp { least, most } => each_present(values, |index, value| {
                let (least, most) = (least.at(index), most.at(index));
                if most < least { ABSENT } else { go_max(least, go_min(most, value)) }
            }),
            Self::Round { multiple } => each_present(values, |index, value| {
                let inverse = 1.0 / multiple.at(index);
                (value * inverse + 0.5).floor() / inverse
            }),
        }
    }
}

fn each_present(values: &mut [f64], function: impl Fn(usize, f64) -> f64) {
    for (index, value) in values.iter_mut().enumerate() {
        if is_present(*value) {
            *value = function(index, *value);
        }
    }
}

fn with_scalar(op: BinaryOp, scalar: &Steps, swapped: bool, return_bool: bool, values: &mut [f64]) {
    if let Some(compare) = comparison(op) {
        each_present(values, |index, value| {
            let other = scalar.at(index);
            let holds = if swapped { compare(other, value) } else { compare(value, other) };
            match (return_bool, holds) {
                (true, holds) => f64::from(u8::from(holds)),
                (false, true) => value,
                (false, false) => ABSENT,
            }
        });
    } else if let Some(function) = arithmetic(op) {
        each_present(values, |index, value| {
            let other = scalar.at(index);
            if swapped { function(other, value) } else { function(value, other) }
        });
    } else {
        values.fill(ABSENT);
    }
}

/// The arithmetic of an operator between two floats; `None` for comparisons, set operators and trims.
pub(crate) fn arithmetic(op: BinaryOp) -> Option<fn(f64, f64) -> f64> {
    Some(match op {
        BinaryOp::Add => |left, right| left + right,
        BinaryOp::Sub => |left, right| left - right,
        BinaryOp::Mul => |left, right| left * right,
        BinaryOp::Div => |left, right| left / right,
        BinaryOp::Mod => |left, right| left % right,
        BinaryOp::Pow => f64::powf,
        BinaryOp::Atan2 => f64::atan2,
        _ => return None,
    })
}

/// The comparison of an operator; `None` for all others.
pub(crate) fn comparison(op: BinaryOp) -> Option<fn(f64, f64) -> bool> {
    Some(match op {
        BinaryOp::Equal => |left, right| left == right,
        BinaryOp::NotEqual => |left, right| left != right,
        BinaryOp::Less => |left, right| left < right,
        BinaryOp::LessEqual => |left, right| left <= right,
        BinaryOp::Greater => |left, right| left > right,
        BinaryOp::GreaterEqual => |left, right| left >= right,
        _ => return None,
    })
}

/// True for operators that have no meaning for floats: they are for histograms.
pub(crate) fn is_meaningless(op: BinaryOp) -> bool {
    arithmetic(op).is_none() && comparison(op).is_none()
}

/// An operator between two scalars: a comparison answers 0 or 1.
pub(crate) fn between_scalars(op: BinaryOp, left: f64, right: f64) -> f64 {
    match (arithmetic(op), comparison(op)) {
        (Some(function), _) => function(left, right),
        (None, Some(compare)) => f64::from(u8::from(compare(left, right))),
        (None, None) => f64::NAN,
    }
}

/// The function of one float behind a name; `None` for functions of another shape.
pub(crate) fn function_of_one(id: FunctionId) -> Option<fn(f64) -> f64> {
    use super::calendar as date;
    Some(match id {
        FunctionId::Abs => f64::abs,
        FunctionId::Ceil => f64::ceil,
        FunctionId::Floor => f64::floor,
        FunctionId::Exp => f64::exp,
        FunctionId::Sqrt => f64::sqrt,
        FunctionId::Ln => f64::ln,
        FunctionId::Log2 => f64::log2,
        FunctionId::Log10 => f64::log10,
        FunctionId::Sin => f64::sin,
        FunctionId::Cos => f64::cos,
        FunctionId::Tan => f64::tan,
        FunctionId::Asin => f64::asin,
        FunctionId::Acos => f64::acos,
        FunctionId::Atan => f64::atan,
        FunctionId::Sinh => f64::sinh,
        FunctionId::Cosh => f64::cosh,
        FunctionId::Tanh => f64::tanh,
        FunctionId::Asinh => f64::asinh,
        FunctionId::Acosh => f64::acosh,
        FunctionId::Atanh => f64::atanh,
        FunctionId::Rad => |value| value * std::f64::consts::PI / 180.0,
        FunctionId::Deg => |value| value * 180.0 / std::f64::consts::PI,
        FunctionId::Sgn => |value| {
            if value < 0.0 {
                -1.0
            } else if value > 0.0 {
                1.0
            } else {
                value
            }
        },
        FunctionId::DaysInMonth => date::days_in_month,
        FunctionId::DayOfMonth => date::day_of_month,
        FunctionId::DayOfWeek => date::day_of_week,
        FunctionId::DayOfYear => date::day_of_year,
        FunctionId::Hour => date::hour,
        FunctionId::Minute => date::minute,
        FunctionId::Month => date::month,
        FunctionId::Year => date::year,
        _ => return None,
    })
}

/// The larger of two; NaN where either is NaN, unless the other is +Inf.
pub(crate) fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

/// The smaller of two; NaN where either is NaN, unless the other is -Inf.
pub(crate) fn go_min(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.min(b)
    }
}
