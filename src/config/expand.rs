//! Environment variables in `external_labels`.

/// Replaces `$NAME` and `${NAME}` by the environment variables they name, and `$$` by a dollar sign; the rules are
/// those of Go's `os.Expand`, which Prometheus uses. A variable that is unset is empty, and its name is returned
/// beside the text.
pub(super) fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> (String, Vec<String>) {
    let mut out = String::with_capacity(text.len());
    let mut unset = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, tail) = name(after);
        match name {
            Name::None => out.push('$'),
            Name::Broken => {}
            Name::Is("$") => out.push('$'),
            Name::Is(name) => match env(name).filter(|value| !value.is_empty()) {
                Some(value) => out.push_str(&value),
                None => unset.push(name.to_owned()),
            },
        }
        rest = tail;
    }
    out.push_str(rest);
    (out, unset)
}

enum Name<'a> {
    /// The dollar sign stands for itself.
    None,
    /// Braces without a name; they vanish.
    Broken,
    Is(&'a str),
}

/// The name at the beginning of what follows a dollar sign, and the text behind it.
fn name(text: &str) -> (Name<'_>, &str) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.split_once('}') {
            Some(("", tail)) => (Name::Broken, tail),
            Some((name, tail)) => (Name::Is(name), tail),
            None => (Name::Broken, inner),
        };
    }
    let length = match text.chars().next() {
        Some('*' | '#' | '$' | '@' | '!' | '?' | '-' | '0'..='9') => 1,
        _ => text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()),
    };
    match text.split_at_checked(length) {
        Some((name, tail)) if !name.is_empty() => (Name::Is(name), tail),
        _ => (Name::None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_a_shell_does() {
        let env = |name: &str| (name == "HOST").then(|| "box".to_owned());
        for (text, expected) in [
            ("${HOST}-1", "box-1"),
            ("$HOST.lan", "box.lan"),
            ("a$$b", "a$b"),
            ("$HOSTS|", "|"),
            ("5 $ and $", "5 $ and $"),
            ("${}x", "x"),
        ] {
            assert_eq!(expand(text, &env).0, expected, "{text}");
        }
        assert_eq!(expand("$NONE", &env).1, ["NONE"]);
    }
}
