//! Patterns that take a text apart and templates that put another together: what relabelling and
//! `label_replace` share.

use std::fmt;

use regex::{Captures, Regex};

use super::matcher::{MatcherError, anchored_regex};

/// An RE2 pattern that has to match the whole text, with its groups. Equal when written alike.
#[derive(Clone, Debug)]
pub struct AnchoredRegex {
    text: String,
    regex: Regex,
}

impl AnchoredRegex {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The pattern is not RE2, or compiles to something too large.
    pub fn new(text: impl Into<String>) -> Result<Self, MatcherError> {
        let text = text.into();
        let regex = anchored_regex(&text)?;
        Ok(Self { text, regex })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }

    /// The groups of a match of the whole of `value`.
    #[must_use]
    pub fn captures<'a>(&self, value: &'a str) -> Option<Captures<'a>> {
        self.regex.captures(value)
    }
}

impl PartialEq for AnchoredRegex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for AnchoredRegex {}

/// A text with `$1`, `${1}`, `$name` and `${name}` in it, expanded by the rules of Go's `regexp` package: a name is
/// the longest run of letters, digits and underscores, `$$` is a dollar sign, what is not a reference stays as
/// written, and a group that does not exist or did not take part is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(usize),
    Name(String),
}

impl Template {
    /// Reads a template; every text is one.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = parse(&text);
        Self { text, parts }
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the result depends on the match.
    #[must_use]
    pub fn has_references(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Text(_)))
    }

    /// The template with each reference replaced by what its group matched.
    #[must_use]
    pub fn expand(&self, captures: &Captures<'_>) -> String {
        let mut out = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Number(number) => out.push_str(captures.get(*number).map_or("", |group| group.as_str())),
                Part::Name(name) => out.push_str(captures.name(name).map_or("", |group| group.as_str())),
            }
        }
        out
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        literal.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            literal.push('$');
            rest = tail;
        } else if let Some((part, tail)) = reference(after) {
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(part);
            rest = tail;
        } else {
            literal.push('$');
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    parts
}

/// Reads what follows a dollar sign: the reference and the text behind it.
fn reference(text: &str) -> Option<(Part, &str)> {
    let inner = text.strip_prefix('{');
    let body = inner.unwrap_or(text);
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let length = body.find(|character| !is_word(character)).unwrap_or(body.len());
    let (name, mut tail) = body.split_at_checked(length)?;
    if name.is_empty() {
        return None;
    }
    if inner.is_some() {
        tail = tail.strip_prefix('}')?;
    }
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
    let part = match name.parse() {
        Ok(number) if is_number => Part::Number(number),
        _ => Part::Name(name.to_owned()),
    };
    Some((part, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(pattern: &str, template: &str, value: &str) -> Option<String> {
        AnchoredRegex::new(pattern).unwrap().captures(value).map(|captures| Template::new(template).expand(&captures))
    }

    #[test]
    fn references_are_expanded_as_go_does() {
        let pattern = "(?P<host>[^:]+):(\\d+)";
        for (template, expected) in [
            ("$1-$2", "box-80"),
            ("${1}x", "boxx"),
            ("$1x", ""),
            ("${host}/$host", "box/box"),
            ("$$1 $ ${ ${a-b} $-", "$1 $ ${ ${a-b} $-"),
            ("$9|$01|$0", "||box:80"),
        ] {
            assert_eq!(expand(pattern, template, "box:80").as_deref(), Some(expected), "{template}");
        }
        assert_eq!(expand("(?P<1x>a)(?<n>b)(?P<n>c)", "$1,$n,$3,${1x}", "abc").as_deref(), Some("a,b,c,"));
        assert_eq!(expand("b", "$0", "abc"), None);
    }

    #[test]
    fn only_references_make_a_template_depend_on_the_match() {
        assert!(!Template::new("plain $ and $$1").has_references());
        assert!(Template::new("a$1").has_references());
    }
}
