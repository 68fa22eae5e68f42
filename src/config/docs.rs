//! The tables of docs/configuration.md, out of the declarations of the keys.

use std::fmt::Write;

use super::keys::{Key, SECTIONS, Section, State};

/// A heading and a table for each section, and a list of what is not supported yet.
#[must_use]
pub fn keys_tables() -> String {
    let mut out = String::new();
    for section in SECTIONS {
        let title = if section.keys.iter().any(|key| key.name == "scrape_configs") { "The file" } else { section.name };
        let _ = writeln!(out, "### {title}\n\n{}\n", section.doc);
        out.push_str("| key | value | default | what it does |\n|---|---|---|---|\n");
        for key in section.keys.iter().filter(|key| key.state == State::Supported) {
            let default = if key.default.is_empty() { String::new() } else { code(key.default) };
            let _ = writeln!(out, "| `{}` | {} | {default} | {} |", key.name, key.kind, key.doc);
        }
        for included in section.includes {
            let _ = writeln!(out, "\nAlso all keys of [{}](#{}).", included.name, anchor(included.name));
        }
        let others = refused(section);
        if !others.is_empty() {
            let _ = writeln!(out, "\n{others}");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// One sentence about the keys that are known and not honoured.
fn refused(section: &Section) -> String {
    let named = |state: State| {
        let keys: Vec<String> =
            section.keys.iter().filter(|key: &&Key| key.state == state).map(|key| format!("`{}`", key.name)).collect();
        keys.join(", ")
    };
    let mut sentences = Vec::new();
    for (state, what) in [
        (State::NotYet, "Not supported yet, and refused unless empty or the default"),
        (State::Moot, "Accepted without effect"),
        (State::Removed, "Gone from Prometheus 3, and refused"),
    ] {
        let keys = named(state);
        if !keys.is_empty() {
            sentences.push(format!("{what}: {keys}."));
        }
    }
    sentences.join("\n")
}

/// A default as code, unless it is a phrase.
fn code(default: &str) -> String {
    let is_phrase = default.starts_with("as ") || default.starts_with("all ");
    if is_phrase { default.to_owned() } else { format!("`{default}`") }
}

/// The anchor that renderers of Markdown make of a heading.
fn anchor(heading: &str) -> String {
    heading.to_ascii_lowercase().replace(' ', "-")
}
