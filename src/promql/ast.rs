//! The syntax tree of a query.
//!
//! A tree that came out of the parser is well typed: every argument has the type its function asks for, a matrix or
//! a string stands only where one may stand, and the tree is no higher than [`MAX_DEPTH`](super::MAX_DEPTH), so that
//! recursion over it is safe.

use crate::model::Matcher;

use super::functions_table::Function;

/// A stretch of the query's text: byte offsets, `end` exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The stretch from `start` up to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The stretch from the beginning of `self` to the end of `other`.
    #[must_use]
    pub const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// What an expression evaluates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One float.
    Scalar,
    /// One sample for each series: an instant vector.
    Vector,
    /// A stretch of samples for each series: a range vector.
    Matrix,
    /// A text.
    String,
}

impl ValueType {
    /// The name used in the HTTP API: `scalar`, `vector`, `matrix`, `string`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Vector => "vector",
            Self::Matrix => "matrix",
            Self::String => "string",
        }
    }

    /// The name used in messages for people: `instant vector` rather than `vector`.
    #[must_use]
    pub const fn documented(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
            Self::String => "string",
        }
    }
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub enum Expr {
    /// `5`, `0x1f`, `Inf`, `5m`.
    Number(NumberLiteral),
    /// `"text"`.
    String(StringLiteral),
    /// `up{job="node"} offset 5m`.
    Vector(Box<VectorSelector>),
    /// `up{job="node"}[5m]`.
    Matrix(Box<MatrixSelector>),
    /// `rate(up[1m])[1h:5m]`.
    Subquery(Box<Subquery>),
    /// `-up`.
    Unary(Box<Unary>),
    /// `(up)`.
    Paren(Box<Paren>),
    /// `a + on (b) c`.
    Binary(Box<Binary>),
    /// `sum by (job) (up)`.
    Aggregate(Box<Aggregate>),
    /// `rate(up[5m])`.
    Call(Box<Call>),
}

impl Expr {
    /// Where the node stands in the text.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Number(node) => node.span,
            Self::String(node) => node.span,
            Self::Vector(node) => node.span,
            Self::Matrix(node) => node.span,
            Self::Subquery(node) => node.span,
            Self::Unary(node) => node.span,
            Self::Paren(node) => node.span,
            Self::Binary(node) => node.span,
            Self::Aggregate(node) => node.span,
            Self::Call(node) => node.span,
        }
    }

    /// What the node evaluates to. Walks down through unary operators and parentheses only.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        let mut node = self;
        loop {
            match node {
                Self::Unary(unary) => node = &unary.expr,
                Self::Paren(paren) => node = &paren.expr,
                Self::Number(_) => return ValueType::Scalar,
                Self::String(_) => return ValueType::String,
                Self::Vector(_) | Self::Aggregate(_) => return ValueType::Vector,
                Self::Matrix(_) | Self::Subquery(_) => return ValueType::Matrix,
                Self::Binary(binary) => return binary.returns,
                Self::Call(call) => return call.function.returns,
            }
        }
    }

    /// The node inside any number of parentheses.
    #[must_use]
    pub fn unparenthesized(&self) -> &Self {
        let mut node = self;
        while let Self::Paren(paren) = node {
            node = &paren.expr;
        }
        node
    }

    /// Calls `visit` for each direct child, from left to right. A matrix selector has none.
    pub fn for_each_child<'a>(&'a self, mut visit: impl FnMut(&'a Self)) {
        match self {
            Self::Number(_) | Self::String(_) | Self::Vector(_) | Self::Matrix(_) => {}
            Self::Subquery(node) => visit(&node.expr),
            Self::Unary(node) => visit(&node.expr),
            Self::Paren(node) => visit(&node.expr),
            Self::Binary(node) => {
                visit(&node.lhs);
                visit(&node.rhs);
            }
            Self::Aggregate(node) => {
                if let Some(parameter) = &node.param {
                    visit(parameter);
                }
                visit(&node.expr);
            }
            Self::Call(node) => node.args.iter().for_each(visit),
        }
    }
}

/// A number, or a duration that stands for its seconds.
#[derive(Clone, Debug)]
pub struct NumberLiteral {
    /// The value; of a duration the seconds.
    pub value: f64,
    /// True where the text was a duration such as `5m`: it prints as one again.
    pub is_duration: bool,
    /// Where it stands; a sign in front that was folded into the value belongs to it.
    pub span: Span,
}

/// A text, unquoted.
#[derive(Clone, Debug)]
pub struct StringLiteral {
    /// The text behind the quotes and escapes.
    pub value: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// Series by their labels, at one time each.
#[derive(Clone, Debug)]
pub struct VectorSelector {
    /// The metric's name where it stands in front of the braces, else empty: `{"up"}` and `{__name__="up"}` only have
    /// a matcher.
    pub name: String,
    /// Every condition, in the order of the text; a name in front of the braces is the last of them, as an equality
    /// on `__name__`.
    pub matchers: Vec<Matcher>,
    /// How far back to look: `offset`, zero where there is none.
    pub offset: Length,
    /// A fixed time to look at: `@`.
    pub at: Option<At>,
    /// How to look at the borders: `anchored` or `smoothed`.
    pub extension: Option<Extension>,
    /// Where it stands, modifiers included.
    pub span: Span,
}

/// Series by their labels, over a stretch of time that ends at each time of evaluation.
#[derive(Clone, Debug)]
pub struct MatrixSelector {
    /// Which series; offset, `@` and extension of the whole stand here too.
    pub selector: VectorSelector,
    /// How long the stretch is; greater than zero where it is fixed.
    pub range: Length,
    /// Where it stands, modifiers included.
    pub span: Span,
}

/// An instant vector evaluated again and again over a stretch of time.
#[derive(Clone, Debug)]
pub struct Subquery {
    /// What is evaluated.
    pub expr: Expr,
    /// How long the stretch is; greater than zero where it is fixed.
    pub range: Length,
    /// The distance between two evaluations; zero means the engine's default.
    pub step: Length,
    /// How far back to look: `offset`, zero where there is none.
    pub offset: Length,
    /// A fixed time to look at: `@`.
    pub at: Option<At>,
    /// Where it stands, modifiers included.
    pub span: Span,
}

/// A sign in front of a scalar or an instant vector.
#[derive(Clone, Debug)]
pub struct Unary {
    /// True for `-`, false for `+`.
    pub negative: bool,
    /// What it applies to.
    pub expr: Expr,
    /// Where it stands.
    pub span: Span,
}

/// Parentheses.
#[derive(Clone, Debug)]
pub struct Paren {
    /// What is inside.
    pub expr: Expr,
    /// Where it stands, parentheses included.
    pub span: Span,
}

/// An operator between two expressions.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The operator.
    pub op: BinaryOp,
    /// `bool`: a comparison answers 0 or 1 instead of filtering.
    pub return_bool: bool,
    /// How samples of the two sides find each other; `Some` exactly where both sides are instant vectors.
    pub matching: Option<VectorMatching>,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// Scalar where both sides are scalars, else vector.
    pub returns: ValueType,
    /// Where it stands.
    pub span: Span,
}

/// How samples of two instant vectors find each other.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorMatching {
    /// How many samples of a side may meet how many of the other.
    pub card: Cardinality,
    /// True: `labels` are those that have to be equal (`on`). False: all others have to (`ignoring`).
    pub on: bool,
    /// The labels of `on` or `ignoring`, as written.
    pub labels: Vec<String>,
    /// The labels that `group_left` or `group_right` take over from the "one" side, as written.
    pub include: Vec<String>,
    /// The value of a sample that is missing on the left side (`fill`, `fill_left`).
    pub fill_left: Option<f64>,
    /// The value of a sample that is missing on the right side (`fill`, `fill_right`).
    pub fill_right: Option<f64>,
}

/// How many samples of a side may meet how many of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// One each.
    OneToOne,
    /// Many on the left for one on the right: `group_left`.
    ManyToOne,
    /// One on the left for many on the right: `group_right`.
    OneToMany,
    /// Any: the set operators.
    ManyToMany,
}

impl Cardinality {
    /// The name used in the HTTP API and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneToOne => "one-to-one",
            Self::ManyToOne => "many-to-one",
            Self::OneToMany => "one-to-many",
            Self::ManyToMany => "many-to-many",
        }
    }
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `</`: cuts a histogram's observations above.
    TrimUpper,
    /// `>/`: cuts a histogram's observations below.
    TrimLower,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

impl BinaryOp {
    /// The operator as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Atan2 => "atan2",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::TrimUpper => "</",
            Self::TrimLower => ">/",
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
        }
    }

    /// `==`, `!=`, `<`, `<=`, `>`, `>=`.
    #[must_use]
    pub const fn is_comparison(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual | Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }

    /// `and`, `or`, `unless`.
    #[must_use]
    pub const fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }
}

/// An aggregation over the samples of an instant vector.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The aggregation.
    pub op: AggregateOp,
    /// What is aggregated: an instant vector.
    pub expr: Expr,
    /// The first argument of those that take one ([`AggregateOp::takes_param`]); `Some` exactly there.
    pub param: Option<Expr>,
    /// The labels of `by` or `without`, as written.
    pub grouping: Vec<String>,
    /// True for `without`.
    pub without: bool,
    /// Where it stands.
    pub span: Span,
}

/// What an aggregation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateOp {
    /// `avg`
    Avg,
    /// `bottomk`
    BottomK,
    /// `count`
    Count,
    /// `count_values`
    CountValues,
    /// `group`
    Group,
    /// `limit_ratio` (experimental)
    LimitRatio,
    /// `limitk` (experimental)
    LimitK,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `quantile`
    Quantile,
    /// `stddev`
    StdDev,
    /// `stdvar`
    StdVar,
    /// `sum`
    Sum,
    /// `topk`
    TopK,
}

impl AggregateOp {
    /// The name as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::BottomK => "bottomk",
            Self::Count => "count",
            Self::CountValues => "count_values",
            Self::Group => "group",
            Self::LimitRatio => "limit_ratio",
            Self::LimitK => "limitk",
            Self::Max => "max",
            Self::Min => "min",
            Self::Quantile => "quantile",
            Self::StdDev => "stddev",
            Self::StdVar => "stdvar",
            Self::Sum => "sum",
            Self::TopK => "topk",
        }
    }

    /// True for those with a parameter in front of the vector; it is a string for `count_values`, else a scalar.
    #[must_use]
    pub const fn takes_param(self) -> bool {
        matches!(
            self,
            Self::BottomK | Self::CountValues | Self::LimitRatio | Self::LimitK | Self::Quantile | Self::TopK
        )
    }

    /// True for those that have to be enabled.
    #[must_use]
    pub const fn is_experimental(self) -> bool {
        matches!(self, Self::LimitRatio | Self::LimitK)
    }
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub function: &'static Function,
    /// Its arguments: as many and of the types that the function asks for.
    pub args: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// A length of time: a range, a step or an offset (which may be negative).
#[derive(Clone, Debug)]
pub enum Length {
    /// Known from the text alone, in milliseconds.
    Fixed(i64),
    /// To be computed when the query's step and range are known: [`DurationExpr::evaluate`].
    Computed(Box<DurationExpr>),
}

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self::Fixed(0);

    /// The milliseconds, where they are known from the text alone.
    #[must_use]
    pub fn fixed(&self) -> Option<i64> {
        match self {
            Self::Fixed(ms) => Some(*ms),
            Self::Computed(_) => None,
        }
    }
}

/// Arithmetic on lengths of time, such as `step() * 2` or `max_of(range(), 1h)`.
#[derive(Clone, Debug)]
pub enum DurationExpr {
    /// A number of seconds, written as a number or as a duration.
    Number(NumberLiteral),
    /// `step()`: the step of a range query; zero in an instant query.
    Step {
        /// Where it stands.
        span: Span,
    },
    /// `range()`: the length of a range query; zero in an instant query.
    Range {
        /// Where it stands.
        span: Span,
    },
    /// A sign in front.
    Signed {
        /// True for `-`, false for `+`.
        negative: bool,
        /// What it applies to.
        expr: Box<DurationExpr>,
        /// Where it stands.
        span: Span,
    },
    /// Parentheses.
    Paren {
        /// What is inside.
        expr: Box<DurationExpr>,
        /// Where it stands.
        span: Span,
    },
    /// An operator or one of the two functions of two arguments.
    Binary {
        /// The operator.
        op: DurationOp,
        /// Left side, or first argument.
        lhs: Box<DurationExpr>,
        /// Right side, or second argument.
        rhs: Box<DurationExpr>,
        /// Where it stands.
        span: Span,
    },
}

impl DurationExpr {
    /// Where the node stands in the text.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Number(number) => number.span,
            Self::Step { span }
            | Self::Range { span }
            | Self::Signed { span, .. }
            | Self::Paren { span, .. }
            | Self::Binary { span, .. } => *span,
        }
    }
}

/// An operator between two lengths of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DurationOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `min_of(a, b)`
    MinOf,
    /// `max_of(a, b)`
    MaxOf,
}

impl DurationOp {
    /// The operator or function as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::MinOf => "min_of",
            Self::MaxOf => "max_of",
        }
    }
}

/// A fixed time to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// `@ 1609746000`: milliseconds since the epoch.
    Time(i64),
    /// `@ start()`: the start of the query.
    Start,
    /// `@ end()`: the end of the query.
    End,
}

/// How a selector looks at the borders of its stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extension {
    /// `anchored`: the last sample before each border counts as if it stood on it.
    Anchored,
    /// `smoothed`: values on the borders are interpolated from the samples around.
    Smoothed,
}

impl Extension {
    /// The modifier as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }
}
