//! PromQL: text in, answers out.
//!
//! A query's text becomes an [`Expr`] once ([`parse`]): every node knows its [`Span`] in the text, names of functions
//! are resolved, types have been checked, regular expressions are compiled. Nothing untyped or half-checked
//! reaches evaluation. The same tree prints itself as canonical text (`Display`), laid out over several lines
//! ([`pretty`]) and as the JSON tree of the HTTP API ([`tree`]).
//!
//! The language is that of Prometheus 3.14, messages and positions of errors included.

mod ast;
mod functions_table;

pub use ast::{
    Aggregate, AggregateOp, At, Binary, BinaryOp, Call, Cardinality, DurationExpr, DurationOp, Expr, Extension, Length,
    MatrixSelector, NumberLiteral, Paren, Span, StringLiteral, Subquery, Unary, ValueType, VectorMatching,
    VectorSelector,
};
pub use functions_table::{FUNCTIONS, Function, FunctionId, function};

/// How high a tree may grow. Generous for people and generators alike, small enough for recursion on the 2 MiB stacks of
/// ordinary threads.
pub const MAX_DEPTH: usize = 1000;
