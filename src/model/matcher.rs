//! Label matchers with RE2's meaning.
//!
//! A regular expression is anchored at both ends and its dot matches a newline. Patterns that list plain
//! alternatives (`a|b|c`, the shape that dashboards send for a multi-value variable) are kept as a set, so that
//! the index looks values up instead of trying the expression on each.

use std::fmt;

use regex::Regex;

use super::labels::{is_legacy_label_name, quote};

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl MatchOp {
    /// The operator as PromQL writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// One condition on one label. An absent label counts as empty.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// How to compare.
    pub op: MatchOp,
    /// The text, or the pattern as it was written.
    pub value: String,
    pattern: Option<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    regex: Regex,
    alternatives: Option<Vec<String>>,
    matches_empty: bool,
}

impl Matcher {
    /// Builds a matcher, compiling its pattern.
    ///
    /// # Errors
    /// The pattern is not RE2, or compiles to something too large.
    pub fn new(op: MatchOp, name: impl Into<String>, value: impl Into<String>) -> Result<Self, MatcherError> {
        let value = value.into();
        let pattern = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Pattern::compile(&value)?),
        };
        Ok(Self { name: name.into(), op, value, pattern })
    }

    /// `name="value"`, which cannot fail.
    #[must_use]
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), pattern: None }
    }

    /// Whether a label's value (empty for an absent label) satisfies the matcher.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let hit = match &self.pattern {
            None => self.value == value,
            Some(Pattern { alternatives: Some(alternatives), .. }) => alternatives.iter().any(|one| one == value),
            Some(pattern) => pattern.regex.is_match(value),
        };
        match self.op {
            MatchOp::Equal | MatchOp::Regex => hit,
            MatchOp::NotEqual | MatchOp::NotRegex => !hit,
        }
    }

    /// Whether a series without the label satisfies the matcher.
    #[must_use]
    pub fn matches_empty(&self) -> bool {
        match self.op {
            MatchOp::Equal => self.value.is_empty(),
            MatchOp::NotEqual => !self.value.is_empty(),
            MatchOp::Regex => self.pattern.as_ref().is_some_and(|pattern| pattern.matches_empty),
            MatchOp::NotRegex => self.pattern.as_ref().is_some_and(|pattern| !pattern.matches_empty),
        }
    }

    /// The values that satisfy (`=`, `=~`) or fail (`!=`, `!~`) the matcher where they are a plain list; `None`
    /// where only trying tells. The list may hold the empty string.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<&str>> {
        match &self.pattern {
            None => Some(vec![self.value.as_str()]),
            Some(pattern) => {
                pattern.alternatives.as_ref().map(|all| all.iter().map(String::as_str).collect())
            }
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.name == other.name && self.value == other.value
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_legacy_label_name(&self.name) {
            write!(formatter, "{}{}{}", self.name, self.op.as_str(), quote(&self.value))
        } else {
            write!(formatter, "{}{}{}", quote(&self.name), self.op.as_str(), quote(&self.value))
        }
    }
}

impl Pattern {
    fn compile(text: &str) -> Result<Self, MatcherError> {
        let regex = compile_anchored(text)?;
        let matches_empty = regex.is_match("");
        Ok(Self { regex, alternatives: alternatives(text), matches_empty })
    }
}

/// A pattern that is not RE2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatcherError {
    /// The pattern as it was written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for MatcherError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error parsing regexp: {}: `{}`", self.reason, self.pattern)
    }
}

impl std::error::Error for MatcherError {}

/// Compiles an RE2 pattern so that it has to match the whole text.
pub(super) fn compile_anchored(text: &str) -> Result<Regex, MatcherError> {
    let translated = to_rust_syntax(text)?;
    regex::RegexBuilder::new(&format!("^(?s:{translated})$"))
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| MatcherError { pattern: text.to_owned(), reason: reason_of(&error) })
}

/// Splits `a|b|c` into its texts; `None` when any character has a meaning of its own.
fn alternatives(text: &str) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '|' => {
                all.push(String::new());
                continue;
            }
            '\\' => match characters.next()? {
                escaped if escaped.is_ascii_punctuation() => escaped,
                _ => return None,
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            other => other,
        };
        all.last_mut()?.push(literal);
    }
    Some(all)
}

/// Rewrites the few things in which RE2's syntax and the regex crate's differ: `\Q..\E` quotes, repetition above
/// 1000 is refused, `\C` is refused, and `\z` is known to both.
fn to_rust_syntax(text: &str) -> Result<String, MatcherError> {
    let error = |reason: &str| MatcherError { pattern: text.to_owned(), reason: reason.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_class = false;
    let mut last = Last::Other;
    while let Some(character) = rest.chars().next() {
        let width = character.len_utf8();
        let tail = rest.get(width..).unwrap_or("");
        let previous = std::mem::replace(&mut last, Last::Other);
        match character {
            '\\' => {
                let escaped = tail.chars().next().ok_or_else(|| error("trailing backslash at end of expression"))?;
                let after = tail.get(escaped.len_utf8()..).unwrap_or("");
                if escaped == 'Q' && !in_class {
                    let (quoted, remaining) = after.split_once("\\E").unwrap_or((after, ""));
                    out.push_str(&regex::escape(quoted));
                    rest = remaining;
                    continue;
                }
                if matches!(escaped, 'C' | '<' | '>') {
                    return Err(error("invalid escape sequence"));
                }
                out.push('\\');
                out.push(escaped);
                rest = after;
                continue;
            }
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                rest = tail;
                for opening in ["^", "]"] {
                    if let Some(after) = rest.strip_prefix(opening) {
                        out.push_str(if opening == "]" { "\\]" } else { opening });
                        rest = after;
                    }
                }
                continue;
            }
            '[' if !tail.starts_with(':') => out.push_str("\\["),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            '{' if !in_class => match repetition(rest) {
                Some((low, high, length)) => {
                    if low > REPEAT_LIMIT || high.is_some_and(|high| high > REPEAT_LIMIT || high < low) {
                        return Err(error("invalid repeat count"));
                    }
                    if previous != Last::Other {
                        return Err(error("invalid nested repetition operator"));
                    }
                    last = Last::Repeat;
                    out.push_str(rest.get(..length).unwrap_or(""));
                    rest = rest.get(length..).unwrap_or("");
                    continue;
                }
                None => out.push_str("\\{"),
            },
            '}' if !in_class => out.push_str("\\}"),
            '?' if previous == Last::Repeat => {
                last = Last::Lazy;
                out.push('?');
            }
            '*' | '+' | '?' if !in_class => {
                if previous != Last::Other {
                    return Err(error("invalid nested repetition operator"));
                }
                last = Last::Repeat;
                out.push(character);
            }
            other => out.push(other),
        }
        rest = tail;
    }
    Ok(out)
}

/// What a pattern was in the middle of: RE2 does not repeat a repetition, except that `?` makes it lazy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Repeat,
    Lazy,
    Other,
}

/// Reads `{n}`, `{n,}` or `{n,m}` at the start of `text`: the two numbers and the length in bytes.
fn repetition(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let end = text.find('}')?;
    let body = text.get(1..end)?;
    let number = |digits: &str| {
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
    };
    let (low, high) = match body.split_once(',') {
        None => {
            let count = number(body)?;
            (count, Some(count))
        }
        Some((low, "")) => (number(low)?, None),
        Some((low, high)) => (number(low)?, Some(number(high)?)),
    };
    Some((low, high, end + 1))
}

/// The crate's message spans several lines with a drawing; its last line says what is wrong.
fn reason_of(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or("invalid pattern");
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// RE2 refuses to repeat anything more often.
const REPEAT_LIMIT: u32 = 1000;

/// 10 MiB of compiled pattern is the regex crate's own default; stated here because it bounds what a query costs.
const SIZE_LIMIT: usize = 10 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Matcher {
        Matcher::new(MatchOp::Regex, "a", pattern).unwrap()
    }

    #[test]
    fn patterns_are_anchored_and_the_dot_matches_a_newline() {
        assert!(!regex("b").matches("abc"));
        assert!(regex("a.c").matches("a\nc"));
        assert!(!regex("a|b").matches("ab"));
        assert!(regex("foo|bar.*").matches("barn"));
    }

    #[test]
    fn plain_alternatives_become_a_list() {
        assert_eq!(regex(r"a|b\.c|").listed(), Some(vec!["a", "b.c", ""]));
        assert_eq!(regex("a.*").listed(), None);
        assert!(regex("a|").matches_empty());
    }

    #[test]
    fn the_syntax_is_that_of_re2() {
        assert!(regex(r"\Qa.b\E+").matches("a.bb"));
        assert!(regex("a{,2}").matches("a{,2}"));
        assert!(regex("x{y}").matches("x{y}"));
        assert!(regex("[]a]+").matches("]a"));
        assert!(regex("[[a]+").matches("[a"));
        assert!(Matcher::new(MatchOp::Regex, "a", "b{1001}").is_err());
        assert!(Matcher::new(MatchOp::Regex, "a", "(").is_err());
        for nested in ["a**", "a+?*", "a*??", "a{2}{3}", "a?+"] {
            assert!(Matcher::new(MatchOp::Regex, "a", nested).is_err(), "{nested}");
        }
        assert!(regex("a*?[*+]+(b?)?\\*+").matches("aa+**"));
    }
}
