//! Texts in quotes, with the escapes of Go.

/// A double-quoted string with Go's escapes, as Prometheus prints label values.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

/// Appends what [`quote`] returns.
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        out.push_str(text);
    } else {
        text.chars().for_each(|character| push_escaped(out, character, '"'));
    }
    out.push('"');
}

/// A single-quoted character with Go's escapes, for messages.
#[must_use]
pub fn quote_char(character: char) -> String {
    let mut out = String::from('\'');
    push_escaped(&mut out, character, '\'');
    out.push('\'');
    out
}

/// True for what Go prints as it is: letters, marks, numbers, punctuation, symbols and the plain space.
#[must_use]
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // The library escapes exactly the same classes, but also a combining mark that opens a text: put a letter first.
    let mut buffer = [0u8; 5];
    let Some((first, rest)) = buffer.split_first_mut() else { return false };
    *first = b'a';
    let length = character.encode_utf8(rest).len();
    let Some(pair) = buffer.get(..=length).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return false };
    pair.escape_debug().count() == 2
}

fn push_escaped(out: &mut String, character: char, delimiter: char) {
    use std::fmt::Write;
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match character {
        '\\' => write!(out, "\\\\"),
        '\u{7}' => write!(out, "\\a"),
        '\u{8}' => write!(out, "\\b"),
        '\u{c}' => write!(out, "\\f"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        '\u{b}' => write!(out, "\\v"),
        _ if character == delimiter => write!(out, "\\{character}"),
        _ if is_printable(character) => write!(out, "{character}"),
        _ if code < 0x80 => write!(out, "\\x{code:02x}"),
        _ if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(quote("a\"\\\n\u{7f}é☺"), r#""a\"\\\n\x7fé☺""#);
        assert_eq!(quote("\u{a0}\u{200b}\u{301}\u{e0001}"), "\"\\u00a0\\u200b\u{301}\\U000e0001\"");
        assert_eq!(quote_char('\''), r"'\''");
        assert_eq!(quote_char('"'), "'\"'");
    }
}
