//! Regular expressions in the syntax of RE2, as Go reads it, rewritten for the regex crate.
//!
//! The two agree on the large picture and differ in many corners: what an escape means, which characters are letters,
//! how `{` is read, what may be repeated. A pattern is therefore read completely here; what comes out is spelled so
//! that the crate cannot read it otherwise, and what Go would refuse is refused in Go's words.

use std::fmt::Write;

/// A pattern that is not RE2: what is wrong, and the part of the pattern that is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) reason: &'static str,
    pub(super) part: String,
}

/// Rewrites a pattern for the regex crate, to be compiled with its default flags and `s`.
pub(super) fn translate(pattern: &str) -> Result<String, SyntaxError> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        groups: Vec::new(),
        names: Vec::new(),
        repeats: 0,
        operand: None,
        last_repeat: None,
    };
    translator.run()?;
    Ok(translator.out)
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    /// For each open group, the greatest product of repetitions in it so far.
    groups: Vec<u32>,
    /// The names of groups so far.
    names: Vec<&'a str>,
    /// The same for the innermost group.
    repeats: u32,
    /// What a repetition would apply to, by its own product of repetitions.
    operand: Option<u32>,
    /// The pattern from the repetition that was just read.
    last_repeat: Option<&'a str>,
}

type Outcome<T> = Result<T, SyntaxError>;

impl<'a> Translator<'a> {
    fn run(&mut self) -> Outcome<()> {
        while let Some(character) = self.rest.chars().next() {
            let here = self.rest;
            let mut repeat = None;
            match character {
                '(' if here.starts_with("(?") => self.perl_group()?,
                '(' => self.open_group("(", 1),
                ')' => self.close_group()?,
                '|' => {
                    self.skip(1);
                    self.out.push('|');
                    self.operand = None;
                }
                '^' | '$' | '.' => {
                    self.skip(1);
                    self.out.push(character);
                    self.operand = Some(0);
                }
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.skip(1);
                    self.repetition(here, if character == '?' { 1 } else { 0 })?;
                    repeat = Some(here);
                }
                '{' => match count(here) {
                    Some((least, most, length)) => {
                        self.skip(length);
                        let valid = least.is_some_and(|least| {
                            least <= MOST_REPEATS
                                && most
                                    .is_none_or(|most| most.is_some_and(|most| (least..=MOST_REPEATS).contains(&most)))
                        });
                        if !valid {
                            return Err(self.error("invalid repeat count", here));
                        }
                        let greatest = most.unwrap_or(least).unwrap_or(0);
                        self.repetition(here, greatest)?;
                        repeat = Some(here);
                    }
                    None => {
                        self.skip(1);
                        self.literal('{');
                    }
                },
                '\\' => self.backslash()?,
                other => {
                    self.skip(other.len_utf8());
                    self.literal(other);
                }
            }
            self.last_repeat = repeat;
        }
        if self.groups.is_empty() { Ok(()) } else { Err(whole_error("missing closing )", self.whole)) }
    }

    /// A repetition that was read from `before` on, of at most `greatest` times as far as that counts.
    fn repetition(&mut self, before: &'a str, greatest: u32) -> Outcome<()> {
        if self.rest.starts_with('?') {
            self.skip(1);
        }
        if let Some(last) = self.last_repeat {
            return Err(self.error("invalid nested repetition operator", last));
        }
        let Some(inner) = self.operand else {
            return Err(self.error("missing argument to repetition operator", before));
        };
        let product = if before.starts_with('{') { greatest.saturating_mul(inner.max(1)) } else { inner };
        if product > MOST_REPEATS {
            return Err(self.error("invalid repeat count", before));
        }
        self.out.push_str(self.since(before));
        self.repeats = self.repeats.max(product);
        self.operand = Some(product);
        Ok(())
    }

    fn open_group(&mut self, written: &str, length: usize) {
        self.skip(length);
        self.out.push_str(written);
        self.groups.push(std::mem::take(&mut self.repeats));
        self.operand = None;
    }

    fn close_group(&mut self) -> Outcome<()> {
        self.skip(1);
        let Some(outside) = self.groups.pop() else { return Err(whole_error("unexpected )", self.whole)) };
        self.out.push(')');
        self.operand = Some(self.repeats);
        self.repeats = self.repeats.max(outside);
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?i)` or `(?i:`.
    fn perl_group(&mut self) -> Outcome<()> {
        let here = self.rest;
        if let Some(named) = here.strip_prefix("(?P<").or_else(|| here.strip_prefix("(?<")) {
            let Some((name, _)) = named.split_once('>') else {
                return Err(whole_error("invalid named capture", here));
            };
            let length = here.len() - named.len() + name.len() + 1;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(whole_error("invalid named capture", here.get(..length).unwrap_or(here)));
            }
            // A replacement may use the name. The crate takes each name once, and none that begins with a digit; such a
            // group keeps its number alone.
            let is_known = !name.starts_with(|first: char| first.is_ascii_digit()) && !self.names.contains(&name);
            self.names.push(name);
            self.open_group(&if is_known { format!("(?P<{name}>") } else { "(".to_owned() }, length);
            return Ok(());
        }
        self.skip(2);
        let (mut negated, mut any_since_minus) = (false, false);
        loop {
            let Some(flag) = self.rest.chars().next() else {
                return Err(whole_error("missing closing )", here));
            };
            self.skip(flag.len_utf8());
            match flag {
                'i' | 'm' | 's' | 'U' => any_since_minus = true,
                '-' if !negated => (negated, any_since_minus) = (true, false),
                ':' | ')' if !negated || any_since_minus => {
                    let written = self.since(here);
                    // The crate wants a flag between the question mark and the parenthesis.
                    if written != "(?)" {
                        self.out.push_str(written);
                    }
                    if flag == ':' {
                        self.groups.push(std::mem::take(&mut self.repeats));
                    }
                    self.operand = None;
                    return Ok(());
                }
                _ => return Err(self.error("invalid or unsupported Perl syntax", here)),
            }
        }
    }

    fn backslash(&mut self) -> Outcome<()> {
        let here = self.rest;
        let escaped = here.chars().nth(1);
        let anchor = match escaped {
            Some('A') => Some("\\A"),
            Some('z') => Some("\\z"),
            Some('b') => Some("(?-u:\\b)"),
            Some('B') => Some("(?-u:\\B)"),
            _ => None,
        };
        if let Some(anchor) = anchor {
            self.skip(2);
            self.out.push_str(anchor);
            self.operand = Some(0);
            return Ok(());
        }
        match escaped {
            Some('C') => {
                self.skip(2);
                Err(self.error("invalid escape sequence", here))
            }
            Some('Q') => {
                self.skip(2);
                let (quoted, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = after;
                quoted.chars().for_each(|character| self.literal(character));
                Ok(())
            }
            Some('p' | 'P') => {
                let property = self.property()?;
                self.out.push_str(&property);
                self.operand = Some(0);
                Ok(())
            }
            Some(letter) if perl_class(letter).is_some() => {
                self.skip(2);
                let (negated, members) = perl_class(letter).unwrap_or_default();
                self.out.push_str(if negated { "[^" } else { "[" });
                self.out.push_str(members);
                self.out.push(']');
                self.operand = Some(0);
                Ok(())
            }
            _ => {
                let character = self.escape()?;
                self.literal(character);
                Ok(())
            }
        }
    }

    /// `\pN`, `\p{Greek}`, `\P{^Lu}`: in the crate's spelling.
    fn property(&mut self) -> Outcome<String> {
        let here = self.rest;
        let mut negated = here.starts_with("\\P");
        self.skip(2);
        let name = match self.rest.chars().next() {
            Some('{') => {
                let Some((name, after)) = self.rest.get(1..).and_then(|rest| rest.split_once('}')) else {
                    return Err(whole_error("invalid character class range", here));
                };
                self.rest = after;
                name
            }
            Some(letter) => {
                let (name, after) = self.rest.split_at(letter.len_utf8());
                self.rest = after;
                name
            }
            None => return Err(whole_error("invalid escape sequence", here)),
        };
        let plain = name.strip_prefix('^');
        negated ^= plain.is_some();
        let plain = plain.unwrap_or(name);
        let known = plain == "Any" || regex_syntax::parse(&format!("\\p{{{plain}}}")).is_ok();
        if !known || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(self.error("invalid character class range", here));
        }
        Ok(format!("\\{}{{{plain}}}", if negated { 'P' } else { 'p' }))
    }

    fn class(&mut self) -> Outcome<()> {
        let whole = self.rest;
        self.skip(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.skip(1);
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.named_class()? {
                continue;
            }
            if self.rest.starts_with("\\p") || self.rest.starts_with("\\P") {
                let property = self.property()?;
                self.out.push_str(&property);
                continue;
            }
            let letter = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
            if let Some((negated, members)) = letter.and_then(perl_class) {
                self.skip(2);
                if negated {
                    // Writing to a string cannot fail.
                    let _ = write!(self.out, "[^{members}]");
                } else {
                    self.out.push_str(members);
                }
                continue;
            }
            let range = self.rest;
            let low = self.class_char(whole)?;
            let mut high = low;
            if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.skip(1);
                high = self.class_char(whole)?;
                if high < low {
                    return Err(self.error("invalid character class range", range));
                }
            }
            push_class_char(&mut self.out, low);
            if high > low {
                self.out.push('-');
                push_class_char(&mut self.out, high);
            }
        }
        self.skip(1);
        self.out.push(']');
        self.operand = Some(0);
        Ok(())
    }

    /// `[:alpha:]` and its kin.
    fn named_class(&mut self) -> Outcome<bool> {
        let Some(inner) = self.rest.strip_prefix("[:") else { return Ok(false) };
        let Some((name, after)) = inner.split_once(":]") else { return Ok(false) };
        let plain = name.strip_prefix('^').unwrap_or(name);
        let here = self.rest;
        self.rest = after;
        if !NAMED_CLASSES.contains(&plain) {
            return Err(self.error("invalid character class range", here));
        }
        let _ = write!(self.out, "[:{name}:]");
        Ok(true)
    }

    fn class_char(&mut self, whole: &str) -> Outcome<char> {
        match self.rest.chars().next() {
            None => Err(whole_error("missing closing ]", whole)),
            Some('\\') => self.escape(),
            Some(character) => {
                self.skip(character.len_utf8());
                Ok(character)
            }
        }
    }

    /// The character that an escape stands for.
    fn escape(&mut self) -> Outcome<char> {
        let here = self.rest;
        self.skip(1);
        let Some(character) = self.rest.chars().next() else {
            return Err(whole_error("trailing backslash at end of expression", ""));
        };
        self.skip(character.len_utf8());
        let meant = match character {
            'a' => Some('\u{7}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            '0' => self.octal('0'),
            // A single digit would be a reference to a group.
            '1'..='7' if self.rest.starts_with(|next: char| ('0'..='7').contains(&next)) => self.octal(character),
            'x' => self.hexadecimal(),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(other),
            _ => None,
        };
        meant.ok_or_else(|| self.error("invalid escape sequence", here))
    }

    fn octal(&mut self, first: char) -> Option<char> {
        let mut code = first.to_digit(8)?;
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|next| next.to_digit(8)) else { break };
            self.skip(1);
            code = code * 8 + digit;
        }
        char::from_u32(code)
    }

    fn hexadecimal(&mut self) -> Option<char> {
        let (digits, after) = match self.rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => self.rest.split_at_checked(2)?,
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = after;
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
    }

    fn literal(&mut self, character: char) {
        if character.is_ascii_punctuation() && character != '<' && character != '>' {
            self.out.push('\\');
        }
        self.out.push(character);
        self.operand = Some(0);
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or("");
    }

    /// What was read since `before`.
    fn since(&self, before: &'a str) -> &'a str {
        before.get(..before.len() - self.rest.len()).unwrap_or(before)
    }

    fn error(&self, reason: &'static str, before: &'a str) -> SyntaxError {
        whole_error(reason, self.since(before))
    }
}

fn whole_error(reason: &'static str, part: &str) -> SyntaxError {
    SyntaxError { reason, part: part.to_owned() }
}

/// Reads `{n}`, `{n,}` or `{n,m}` at the start of `text`: the least number, the greatest where another one is given
/// (the inner `None` for no limit is the least then), and the length in bytes. A number too large to count is `None`.
#[expect(clippy::option_option, reason = "absent and too large are different things")]
fn count(text: &str) -> Option<(Option<u32>, Option<Option<u32>>, usize)> {
    let end = text.find('}')?;
    let body = text.get(1..end)?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (plain && (digits.len() == 1 || !digits.starts_with('0'))).then(|| digits.parse::<u32>().ok())
    };
    let (least, most) = match body.split_once(',') {
        None => {
            let exact = number(body)?;
            (exact, Some(exact))
        }
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((least, most, end + 1))
}

/// The classes of Perl are about ASCII only: whether it is the opposite, and the members.
fn perl_class(letter: char) -> Option<(bool, &'static str)> {
    match letter {
        'd' => Some((false, "0-9")),
        'D' => Some((true, "0-9")),
        's' => Some((false, "\\t\\n\\x0c\\r ")),
        'S' => Some((true, "\\t\\n\\x0c\\r ")),
        'w' => Some((false, "0-9A-Za-z_")),
        'W' => Some((true, "0-9A-Za-z_")),
        _ => None,
    }
}

fn push_class_char(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() || !character.is_ascii() {
        out.push(character);
    } else {
        let _ = write!(out, "\\x{:02x}", u32::from(character));
    }
}

const NAMED_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// RE2 refuses to repeat anything more often, nested repetitions multiplied.
const MOST_REPEATS: u32 = 1000;
