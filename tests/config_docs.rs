//! docs/configuration.md holds the tables that the declarations of flags and keys yield.
//!
//! `METERBOX_WRITE_DOCS=1` writes them instead of comparing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::Path;

#[test]
fn the_documentation_holds_the_tables_of_flags_and_keys() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let written = fs::read_to_string(&path).unwrap();
    let flags = replaced(&written, "<!-- flags:", &meterbox::cli::flags_table());
    let expected = replaced(&flags, "<!-- keys:", &meterbox::config::keys_tables());
    if std::env::var_os("METERBOX_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(written == expected, "docs/configuration.md is behind; run this test with METERBOX_WRITE_DOCS=1");
    }
}

/// The text with what stands between a marker's line and the end marker replaced.
fn replaced(text: &str, marker: &str, table: &str) -> String {
    let begin = text.find(marker).unwrap();
    let begin = begin + text[begin..].find('\n').unwrap() + 1;
    let end = begin + text[begin..].find("<!-- end -->").unwrap();
    format!("{}\n{}\n{}", &text[..begin], table, &text[end..])
}
