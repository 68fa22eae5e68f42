//! Cuts a query into words.
//!
//! The same characters are different words in different places: inside braces keywords are names and `=~` is one
//! word, right behind `[` only the arithmetic of durations may stand. So the lexer remembers what is open. It is asked
//! for one word at a time and stops at the first character that cannot be part of any.

use crate::model::quote_char;

use super::ast::{BinaryOp, Span};
use super::error::ParseError;
use super::token::{Context, Keyword, Token, TokenKind, word_kind};

/// Reads words from left to right.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// Where the current word begins.
    start: usize,
    /// Where reading goes on.
    at: usize,
    /// How many parentheses are open.
    parens: usize,
    in_braces: bool,
    in_brackets: bool,
    /// Inside brackets, before the first number: spaces, operators and the names of durations only.
    before_number: bool,
    colon_seen: bool,
    number_seen: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            start: 0,
            at: 0,
            parens: 0,
            in_braces: false,
            in_brackets: false,
            before_number: false,
            colon_seen: false,
            number_seen: false,
        }
    }

    /// The next word; at the end of the text `End`, again and again.
    pub(super) fn next(&mut self) -> Result<Token, ParseError> {
        if self.before_number {
            return self.next_before_number();
        }
        self.skip_space_and_comments();
        if self.in_braces { self.next_in_braces() } else { self.next_in_expression() }
    }

    fn next_in_expression(&mut self) -> Result<Token, ParseError> {
        let Some(first) = self.take() else {
            return match (self.parens, self.in_brackets) {
                (0, false) => Ok(self.word(TokenKind::End)),
                (0, true) => Err(self.error("unclosed left bracket")),
                _ => Err(self.error("unclosed left parenthesis")),
            };
        };
        let kind = match first {
            b',' => TokenKind::Comma,
            b'*' => TokenKind::Operator(BinaryOp::Mul),
            b'/' => TokenKind::Operator(BinaryOp::Div),
            b'%' => TokenKind::Operator(BinaryOp::Mod),
            b'+' => TokenKind::Operator(BinaryOp::Add),
            b'-' => TokenKind::Operator(BinaryOp::Sub),
            b'^' => TokenKind::Operator(BinaryOp::Pow),
            b'@' => TokenKind::At,
            b'=' => match self.peek() {
                Some(b'=') => self.longer(TokenKind::Operator(BinaryOp::Equal)),
                Some(b'~') => return Err(self.error("unexpected character after '=': '~'")),
                _ => TokenKind::Assign,
            },
            b'!' => match self.peek() {
                Some(b'=') => self.longer(TokenKind::Operator(BinaryOp::NotEqual)),
                _ => return Err(self.unexpected_char("unexpected character after '!'", self.at)),
            },
            b'<' => match self.peek() {
                Some(b'=') => self.longer(TokenKind::Operator(BinaryOp::LessEqual)),
                Some(b'/') => self.longer(TokenKind::Operator(BinaryOp::TrimUpper)),
                _ => TokenKind::Operator(BinaryOp::Less),
            },
            b'>' => match self.peek() {
                Some(b'=') => self.longer(TokenKind::Operator(BinaryOp::GreaterEqual)),
                Some(b'/') => self.longer(TokenKind::Operator(BinaryOp::TrimLower)),
                _ => TokenKind::Operator(BinaryOp::Greater),
            },
            b'0'..=b'9' => return self.number_or_duration(),
            b'.' if self.peek().is_some_and(|next| next.is_ascii_digit()) => return self.number_or_duration(),
            b'"' | b'\'' => self.quoted(first)?,
            b'`' => self.raw()?,
            b':' if self.in_brackets => {
                if self.colon_seen {
                    return Err(self.error("unexpected colon ':'"));
                }
                self.colon_seen = true;
                TokenKind::Colon
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' if !self.in_brackets => self.name(),
            b's' | b'S' | b'm' | b'M' | b'r' | b'R' => match self.duration_word() {
                Some(kind) => kind,
                None => return Err(self.unexpected_in_brackets()),
            },
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Err(self.unexpected_in_brackets()),
            b'(' => self.open_paren(),
            b')' => self.close_paren()?,
            b'{' => {
                self.in_braces = true;
                TokenKind::LeftBrace
            }
            b'[' => {
                if self.in_brackets {
                    return Err(self.error("unexpected left bracket '['"));
                }
                self.colon_seen = false;
                self.in_brackets = true;
                self.before_number = true;
                TokenKind::LeftBracket
            }
            b']' => {
                if !self.in_brackets {
                    return Err(self.error("unexpected right bracket ']'"));
                }
                self.in_brackets = false;
                TokenKind::RightBracket
            }
            _ => return Err(self.unexpected_char("unexpected character", self.start)),
        };
        Ok(self.word(kind))
    }

    fn next_in_braces(&mut self) -> Result<Token, ParseError> {
        let Some(first) = self.take() else { return Err(self.error("unexpected end of input inside braces")) };
        let kind = match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                TokenKind::Identifier
            }
            b',' => TokenKind::Comma,
            b'"' | b'\'' => self.quoted(first)?,
            b'`' => self.raw()?,
            b'=' if self.peek() == Some(b'~') => self.longer(TokenKind::MatchRegex),
            b'=' => TokenKind::Assign,
            b'!' => match self.peek() {
                Some(b'~') => self.longer(TokenKind::MatchNotRegex),
                Some(b'=') => self.longer(TokenKind::Operator(BinaryOp::NotEqual)),
                _ => return Err(self.unexpected_char("unexpected character after '!' inside braces", self.at)),
            },
            b'{' => return Err(self.error("unexpected left brace '{'")),
            b'}' => {
                self.in_braces = false;
                TokenKind::RightBrace
            }
            _ => return Err(self.unexpected_char("unexpected character inside braces", self.start)),
        };
        Ok(self.word(kind))
    }

    fn next_before_number(&mut self) -> Result<Token, ParseError> {
        self.skip_while(is_space);
        self.start = self.at;
        let Some(first) = self.take() else { return Err(self.error("unexpected end of input in duration expression")) };
        let kind = match first {
            b']' => {
                self.in_brackets = false;
                self.before_number = false;
                self.colon_seen = false;
                TokenKind::RightBracket
            }
            b':' => {
                self.start = self.at;
                if !self.number_seen {
                    return Err(self.error("unexpected colon before duration in duration expression"));
                }
                if self.colon_seen {
                    return Err(self.error("unexpected repeated colon in duration expression"));
                }
                self.start -= 1;
                self.colon_seen = true;
                TokenKind::Colon
            }
            b'(' => self.open_paren(),
            b')' => self.close_paren()?,
            b'+' => TokenKind::Operator(BinaryOp::Add),
            b'-' => TokenKind::Operator(BinaryOp::Sub),
            b'*' => TokenKind::Operator(BinaryOp::Mul),
            b'/' => TokenKind::Operator(BinaryOp::Div),
            b'%' => TokenKind::Operator(BinaryOp::Mod),
            b'^' => TokenKind::Operator(BinaryOp::Pow),
            b',' => TokenKind::Comma,
            b'0'..=b'9' => return self.first_number(),
            b'.' if self.peek().is_some_and(|next| next.is_ascii_digit()) => return self.first_number(),
            b's' | b'S' | b'm' | b'M' | b'r' | b'R' if let Some(kind) = self.duration_word() => kind,
            _ => return Err(self.unexpected_char("unexpected character in duration expression", self.start)),
        };
        Ok(self.word(kind))
    }

    fn first_number(&mut self) -> Result<Token, ParseError> {
        self.number_seen = true;
        self.before_number = false;
        self.number_or_duration()
    }

    /// The rest of a name, its first character being read.
    fn name(&mut self) -> TokenKind {
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':');
        let word = self.text.get(self.start..self.at).unwrap_or("");
        match word_kind(word) {
            // So that metrics with these names need no quotes.
            TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight) if !self.paren_follows() => {
                TokenKind::Identifier
            }
            TokenKind::Identifier if memchr::memchr(b':', word.as_bytes()).is_some() => TokenKind::MetricIdentifier,
            kind => kind,
        }
    }

    fn paren_follows(&self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.iter().find(|byte| !is_space(**byte)) == Some(&b'(')
    }

    /// The rest of a word that may stand in a duration, its first letter being read.
    fn duration_word(&mut self) -> Option<TokenKind> {
        self.skip_while(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        match word_kind(self.text.get(self.start..self.at)?) {
            TokenKind::Context(context) if !matches!(context, Context::Start | Context::End) => {
                Some(TokenKind::Context(context))
            }
            _ => None,
        }
    }

    fn open_paren(&mut self) -> TokenKind {
        self.parens += 1;
        TokenKind::LeftParen
    }

    fn close_paren(&mut self) -> Result<TokenKind, ParseError> {
        match self.parens.checked_sub(1) {
            Some(parens) => {
                self.parens = parens;
                Ok(TokenKind::RightParen)
            }
            None => {
                self.start = self.at;
                Err(self.error("unexpected right parenthesis ')'"))
            }
        }
    }

    fn number_or_duration(&mut self) -> Result<Token, ParseError> {
        self.at = self.start;
        if self.scan_number() {
            return Ok(self.word(TokenKind::Number));
        }
        if self.scan_rest_of_duration() {
            return Ok(self.word(TokenKind::Duration));
        }
        let so_far = self.text.get(self.start..self.at).unwrap_or("");
        Err(self.error(format!("bad number or duration syntax: {}", crate::model::quote(so_far))))
    }

    /// Reads over something that looks like a number: the parser finds out whether it is one. False where it cannot be
    /// one or goes on with a letter; what was read then stays read.
    fn scan_number(&mut self) -> bool {
        let begin = self.at;
        let mut hexadecimal = false;
        if self.accept(|byte| byte == b'0') && self.accept(|byte| matches!(byte, b'x' | b'X')) {
            self.accept(|byte| byte == b'_');
            hexadecimal = true;
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
        self.accept(|byte| byte == b'.');
        self.accept(is_digit);
        let (mut dot_seen, mut exponent_seen) = (false, false);
        while let Some(next) = self.peek() {
            match next {
                b'.' => {
                    self.at += 1;
                    if dot_seen || self.accept(|byte| matches!(byte, b'_' | b'.')) || hexadecimal {
                        return false;
                    }
                    dot_seen = true;
                }
                b'e' | b'E' => {
                    self.at += 1;
                    if exponent_seen {
                        return false;
                    }
                    exponent_seen = true;
                    self.accept(|byte| matches!(byte, b'+' | b'-'));
                    if self.accept(|byte| matches!(byte, b'.' | b'_' | b'e' | b'E')) || self.peek().is_none() {
                        return false;
                    }
                }
                b'_' => {
                    self.at += 1;
                    if self.accept(|byte| matches!(byte, b'.' | b'_' | b'e' | b'E')) || self.peek().is_none() {
                        return false;
                    }
                }
                digit if is_digit(digit) => self.skip_while(is_digit),
                _ => break,
            }
        }
        self.at > begin && !self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// Reads the units and numbers behind the first number of a duration.
    fn scan_rest_of_duration(&mut self) -> bool {
        if !self.accept(|byte| matches!(byte, b's' | b'm' | b'h' | b'd' | b'w' | b'y')) {
            return false;
        }
        self.accept(|byte| byte == b's');
        while self.accept(|byte| byte.is_ascii_digit()) {
            self.skip_while(|byte| byte.is_ascii_digit());
            if !self.accept(|byte| matches!(byte, b's' | b'm' | b'h' | b'd' | b'w')) {
                return false;
            }
            self.accept(|byte| byte == b's');
        }
        // A letter that follows is part of what the message shows.
        !self.accept(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// The rest of a quoted text, its opening quote being read.
    fn quoted(&mut self, quote: u8) -> Result<TokenKind, ParseError> {
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| matches!(*byte, b'\\' | b'\n') || *byte == quote) else {
                self.refuse_replacement(self.text.len())?;
                self.at = self.text.len();
                return Err(self.error("unterminated quoted string"));
            };
            self.refuse_replacement(self.at + length)?;
            self.at += length;
            match self.take() {
                Some(b'\\') => self.escape(quote)?,
                Some(b'\n') => return Err(self.error("unterminated quoted string")),
                _ => return Ok(TokenKind::String),
            }
        }
    }

    /// The rest of a text in backticks, the opening one being read.
    fn raw(&mut self) -> Result<TokenKind, ParseError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'`', rest) else {
            self.refuse_replacement(self.text.len())?;
            return Err(self.error("unterminated raw string"));
        };
        self.refuse_replacement(self.at + length)?;
        self.at += length + 1;
        Ok(TokenKind::String)
    }

    /// The replacement character stands for bytes that were no text, so it is taken for such.
    fn refuse_replacement(&self, end: usize) -> Result<(), ParseError> {
        match self.text.get(self.at..end) {
            Some(part) if !part.is_ascii() && part.contains(char::REPLACEMENT_CHARACTER) => {
                Err(self.error("invalid UTF-8 rune"))
            }
            _ => Ok(()),
        }
    }

    /// Checks an escape behind its backslash.
    fn escape(&mut self, quote: u8) -> Result<(), ParseError> {
        let unterminated = "escape sequence not terminated";
        let Some(first) = self.take_char() else { return Err(self.error(unterminated)) };
        let (mut missing, base, largest) = match first {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => return Ok(()),
            _ if first == char::from(quote) => return Ok(()),
            '0'..='7' => {
                self.at -= 1;
                (3, 8, 255)
            }
            'x' => (2, 16, 255),
            'u' => (4, 16, u32::from(char::MAX)),
            'U' => (8, 16, u32::from(char::MAX)),
            _ => return Err(self.error(format!("unknown escape sequence {}", code_point(first)))),
        };
        let mut value: u32 = 0;
        while missing > 0 {
            let Some(character) = self.take_char() else { return Err(self.error(unterminated)) };
            let Some(digit) = character.to_digit(base) else {
                return Err(self.error(format!("illegal character {} in escape sequence", code_point(character))));
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
            missing -= 1;
        }
        if value > largest || (0xd800..0xe000).contains(&value) {
            return Err(self.error("escape sequence is an invalid Unicode code point"));
        }
        Ok(())
    }

    fn skip_space_and_comments(&mut self) {
        loop {
            self.skip_while(is_space);
            if self.peek() != Some(b'#') {
                break;
            }
            self.skip_while(|byte| !matches!(byte, b'\n' | b'\r'));
        }
        self.start = self.at;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take_char(&mut self) -> Option<char> {
        let character = self.text.get(self.at..)?.chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn accept(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
    }

    /// Takes one more character into a word.
    fn longer(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn word(&self, kind: TokenKind) -> Token {
        Token { kind, span: Span::new(self.start, self.at) }
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(Span::new(self.start, self.text.len()), message)
    }

    fn unexpected_char(&self, what: &str, at: usize) -> ParseError {
        let character = self.text.get(at..).and_then(|rest| rest.chars().next());
        self.error(format!("{what}: {}", quote_char(character.unwrap_or(char::REPLACEMENT_CHARACTER))))
    }

    fn unexpected_in_brackets(&self) -> ParseError {
        let mut error = self.unexpected_char("unexpected character", self.start);
        error.message.push_str(", expected ':'");
        error
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// A character as messages about escapes show it: `U+0063 'c'`.
fn code_point(character: char) -> String {
    let code = u32::from(character);
    if crate::model::is_printable(character) { format!("U+{code:04X} '{character}'") } else { format!("U+{code:04X}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<&str>, String> {
        let mut lexer = Lexer::new(text);
        let mut all = Vec::new();
        loop {
            let token = lexer.next().map_err(|error| error.message)?;
            if token.kind == TokenKind::End {
                return Ok(all);
            }
            all.push(&text[token.span.start..token.span.end]);
        }
    }

    #[test]
    fn words_end_where_the_place_says() {
        assert_eq!(
            words("sum(a:b{c!~'d'}[5m:step()])</.5#x\n>/0x1F"),
            Ok(vec![
                "sum", "(", "a:b", "{", "c", "!~", "'d'", "}", "[", "5m", ":", "step", "(", ")", "]", ")", "</", ".5",
                ">/", "0x1F"
            ])
        );
    }

    #[test]
    fn what_is_no_word_is_named() {
        for (text, message) in [
            ("1e", "bad number or duration syntax: \"1e\""),
            ("a !~ b", "unexpected character after '!': '~'"),
            ("a !", "unexpected character after '!': '\u{fffd}'"),
            ("a[5m x]", "unexpected character: 'x', expected ':'"),
            (r#""\u12""#, "illegal character U+0022 '\"' in escape sequence"),
            (r#""\ud800""#, "escape sequence is an invalid Unicode code point"),
            ("'a\nb'", "unterminated quoted string"),
            ("é", "unexpected character: 'é'"),
        ] {
            assert_eq!(words(text), Err(message.to_owned()), "{text}");
        }
    }
}
