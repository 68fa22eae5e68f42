//! Label matchers with RE2's meaning.
//!
//! A regular expression is anchored at both ends and its dot matches a newline. Patterns that list plain
//! alternatives (`a|b|c`, the shape that dashboards send for a multi-value variable) are kept as a set, so that
//! the index looks values up instead of trying the expression on each.

use std::fmt;

use regex::Regex;

use super::labels::is_legacy_label_name;
use super::quote::quote;
use super::re2::translate;

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

/// A pattern, compiled as far as it has to be.
#[derive(Clone, Debug)]
enum Pattern {
    /// `.*`
    Anything,
    /// `.+`
    NotEmpty,
    /// `a|b|c` or `(a|b|c)`: the texts, sorted, each once.
    List(Vec<String>),
    /// Anything else.
    Regex { regex: Regex, matches_empty: bool },
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
            Some(Pattern::Anything) => true,
            Some(Pattern::NotEmpty) => !value.is_empty(),
            Some(Pattern::List(texts)) => texts.binary_search_by(|text| text.as_str().cmp(value)).is_ok(),
            Some(Pattern::Regex { regex, .. }) => regex.is_match(value),
        };
        match self.op {
            MatchOp::Equal | MatchOp::Regex => hit,
            MatchOp::NotEqual | MatchOp::NotRegex => !hit,
        }
    }

    /// Whether a series without the label satisfies the matcher.
    #[must_use]
    pub fn matches_empty(&self) -> bool {
        match &self.pattern {
            Some(Pattern::Regex { matches_empty, .. }) => *matches_empty == (self.op == MatchOp::Regex),
            _ => self.matches(""),
        }
    }

    /// The values that satisfy (`=`, `=~`) or fail (`!=`, `!~`) the matcher where they are a plain list; `None`
    /// where only trying tells. The list is sorted, without duplicates, and may hold the empty string.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<&str>> {
        match &self.pattern {
            None => Some(vec![self.value.as_str()]),
            Some(Pattern::List(texts)) => Some(texts.iter().map(String::as_str).collect()),
            Some(_) => None,
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
        match text {
            ".*" => return Ok(Self::Anything),
            ".+" => return Ok(Self::NotEmpty),
            _ => {}
        }
        if let Some(mut texts) = alternatives(text) {
            texts.sort_unstable();
            texts.dedup();
            return Ok(Self::List(texts));
        }
        let regex = anchored_regex(text)?;
        let matches_empty = regex.is_match("");
        Ok(Self::Regex { regex, matches_empty })
    }
}

/// Compiles an RE2 pattern so that it has to match the whole text and its dot matches a newline.
///
/// # Errors
/// The pattern is not RE2, or compiles to something too large.
pub fn anchored_regex(text: &str) -> Result<Regex, MatcherError> {
    let translated = translate(text).map_err(|error| MatcherError { reason: error.reason, part: error.part })?;
    regex::RegexBuilder::new(&format!("^(?s:{translated})$"))
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|_| MatcherError { reason: "expression too large", part: text.to_owned() })
}

/// A pattern that is not RE2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatcherError {
    /// What is wrong with it.
    pub reason: &'static str,
    /// The part of the pattern that is to blame, or all of it.
    pub part: String,
}

impl fmt::Display for MatcherError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error parsing regexp: {}: `{}`", self.reason, self.part)
    }
}

impl std::error::Error for MatcherError {}

/// Splits `a|b|c` or `(a|b|c)` into its texts; `None` when any other character has a meaning of its own.
fn alternatives(text: &str) -> Option<Vec<String>> {
    let text = match text.strip_prefix('(') {
        Some(group) => group.strip_prefix("?:").unwrap_or(group).strip_suffix(')')?,
        None => text,
    };
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
        assert_eq!(regex(r"c|b\.c||c").listed(), Some(vec!["", "b.c", "c"]));
        assert_eq!(regex("(a|b)").listed(), Some(vec!["a", "b"]));
        assert_eq!(regex(r"(?:a|b\))").listed(), Some(vec!["a", "b)"]));
        assert_eq!(regex("a.*").listed(), None);
        assert_eq!(regex("(a)|(b)").listed(), None);
        assert!(regex("a|").matches_empty() && regex(".*").matches_empty() && !regex(".+").matches_empty());
    }

    #[test]
    fn the_syntax_is_that_of_re2() {
        for (pattern, value, hit) in [
            (r"\Qa.b\E+", "a.bb", true),
            (r"\Q[", "[", true),
            ("a{,2}", "a{,2}", true),
            ("x{y}", "x{y}", true),
            ("a{01}", "a{01}", true),
            ("[]a]+", "]a", true),
            ("[[a]+", "[a", true),
            ("[a&&b]+", "a&b", true),
            ("[+--]+", "+,-", true),
            ("[a-]+", "a-", true),
            (r"[^\W]", "é", false),
            (r"\w\d\s", "é1 ", false),
            (r"[\d[:alpha:]]+", "1a", true),
            (r"\<a\>", "<a>", true),
            (r"\_\x41\x{e9}\101\07", "_AéA\u{7}", true),
            ("(?i)A(?-i:b)", "ab", true),
            ("(?P<1x>a)(?<y>b)", "ab", true),
            (r"\p{Greek}\PL\p{^Lu}", "α1a", true),
            ("a.b$", "a\nb", true),
            ("(a|b{2}){3}", "abba", true),
            ("é]}#~-", "é]}#~-", true),
            (r"a\bb|\Ba", "a", false),
            ("^a", "a", true),
            ("a??b*?", "ab", true),
        ] {
            assert_eq!(regex(pattern).matches(value), hit, "{pattern} {value:?}");
        }
    }

    #[test]
    fn what_is_not_re2_is_refused_in_its_words() {
        for (pattern, message) in [
            ("(a", "missing closing ): `(a`"),
            ("a)b", "unexpected ): `a)b`"),
            ("x[a", "missing closing ]: `[a`"),
            ("a|*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}?", "invalid nested repetition operator: `{2}{3}?`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("(a{100}){11}", "invalid repeat count: `{11}`"),
            (r"a\8", r"invalid escape sequence: `\8`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            (r"\C", r"invalid escape sequence: `\C`"),
            (r"a\", "trailing backslash at end of expression: ``"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            (r"\pX", r"invalid character class range: `\pX`"),
            ("(?P<n", "invalid named capture: `(?P<n`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
        ] {
            let error = Matcher::new(MatchOp::Regex, "a", pattern).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), format!("error parsing regexp: {message}"));
        }
    }
}
