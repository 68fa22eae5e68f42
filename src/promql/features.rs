//! Which parts of the language have to be asked for.

/// What a query may use besides the stable language. The default is the stable language alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Functions marked as experimental in the table of functions, `limitk` and `limit_ratio`.
    pub experimental_functions: bool,
    /// The modifiers `anchored` and `smoothed`.
    pub extended_range_selectors: bool,
    /// The modifiers `fill`, `fill_left` and `fill_right` of binary operators.
    pub fill_modifiers: bool,
}

impl ParseOptions {
    /// Everything there is.
    #[must_use]
    pub const fn all() -> Self {
        Self { experimental_functions: true, extended_range_selectors: true, fill_modifiers: true }
    }

    /// Switches on the feature that Prometheus's `--enable-feature` calls `name`. False where the name stands for no
    /// feature of the query language; features that have become stable are known and change nothing.
    pub fn enable(&mut self, name: &str) -> bool {
        match name {
            "promql-experimental-functions" => self.experimental_functions = true,
            "promql-extended-range-selectors" => self.extended_range_selectors = true,
            "promql-binop-fill-modifiers" => self.fill_modifiers = true,
            "promql-at-modifier" | "promql-negative-offset" | "promql-duration-expr" => {}
            _ => return false,
        }
        true
    }
}
