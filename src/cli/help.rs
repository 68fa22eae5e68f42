//! The help and the tables of the documentation, out of the table of flags.

use std::fmt::Write;

use super::flags::{FLAGS, Flag};
use crate::app::ServeOptions;

/// What `meterbox help` prints.
#[must_use]
pub fn help() -> String {
    let mut out = format!(
        "meterbox {} - collects, stores, queries and shows the metrics of a machine that serves language models

Usage:
  meterbox [serve] [FLAGS]          run, with a prometheus.yml or without any configuration
  meterbox check config FILE...     say whether configurations are right, and what to mend
  meterbox help                     print this
  meterbox version                  print the version

Flags of serve:
",
        env!("CARGO_PKG_VERSION")
    );
    let default = ServeOptions::default();
    for flag in &FLAGS {
        let mut usage = format!("--{}", flag.name);
        if !flag.is_switch() {
            let _ = write!(usage, " {}", flag.value);
        }
        let mut doc = flag.doc.to_owned();
        if let Some(text) = default_of(flag, &default) {
            let _ = write!(doc, " [{text}]");
        }
        if flag.repeats {
            doc.push_str(" (repeatable)");
        }
        let _ = writeln!(out, "  {usage}");
        for line in wrap(&doc, 90) {
            let _ = writeln!(out, "          {line}");
        }
    }
    out.push_str(
        "
Each flag is also an environment variable: --data-dir is METERBOX_DATA_DIR. A flag wins over its variable.
Prometheus's names work as well: --config.file, --storage.tsdb.path, --web.listen-address and so on.
",
    );
    out
}

/// What `meterbox version` prints.
#[must_use]
pub fn version() -> String {
    format!(
        "meterbox, version {} (revision: {})\n  compiler: {}\n  platform: {}/{}\n",
        env!("CARGO_PKG_VERSION"),
        env!("METERBOX_REVISION"),
        env!("METERBOX_RUSTC"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// The table of flags in docs/configuration.md.
#[must_use]
pub fn flags_table() -> String {
    let default = ServeOptions::default();
    let mut out = String::from("| flag | default | what it does | also accepted |\n|---|---|---|---|\n");
    for flag in &FLAGS {
        let value = if flag.is_switch() { String::new() } else { format!(" {}", flag.value) };
        let text = default_of(flag, &default).map(|text| format!("`{text}`")).unwrap_or_default();
        let repeats = if flag.repeats { "; repeatable" } else { "" };
        let mut also = vec![format!("`{}`", flag.variable())];
        also.extend(flag.prometheus.filter(|name| *name != flag.name).map(|name| format!("`--{name}`")));
        also.extend(flag.gpustack.as_ref().map(|gpustack| format!("`{}`", gpustack.name)));
        let _ = writeln!(out, "| `--{}{value}` | {text} | {}{repeats} | {} |", flag.name, flag.doc, also.join(", "));
    }
    out
}

fn default_of(flag: &Flag, default: &ServeOptions) -> Option<String> {
    // The default of --config depends on what lies in the current folder, and its text says so.
    (!flag.is_switch() && flag.name != "config").then(|| (flag.show)(default)).filter(|text| !text.is_empty())
}

/// Breaks a text into lines of at most `width` characters, where its words allow.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
