//! Writing a page in Prometheus text.

use std::fmt::Write as _;

use crate::model::MetricType;

/// A page that grows family by family.
pub(super) struct Page<'a> {
    text: &'a mut String,
}

impl<'a> Page<'a> {
    pub fn new(text: &'a mut String) -> Self {
        Self { text }
    }

    /// Begins a family; its head is written with its first sample, so that no family stands there empty.
    pub fn family<'p>(&'p mut self, name: &'p str, kind: MetricType, help: &'p str) -> Family<'p> {
        Family { text: self.text, name, kind, help, begun: false }
    }

    /// A gauge without labels.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, MetricType::Gauge, help).sample(&[], value);
    }

    /// A counter without labels.
    pub fn counter(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, MetricType::Counter, help).sample(&[], value);
    }
}

/// The family at hand.
pub(super) struct Family<'p> {
    text: &'p mut String,
    name: &'p str,
    kind: MetricType,
    help: &'p str,
    begun: bool,
}

impl Family<'_> {
    /// Adds a sample.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        let text = &mut *self.text;
        if !self.begun {
            self.begun = true;
            let kind = if self.kind == MetricType::Unknown { "untyped" } else { self.kind.as_str() };
            text.push_str("# HELP ");
            text.push_str(self.name);
            text.push(' ');
            text.push_str(self.help);
            text.push_str("\n# TYPE ");
            text.push_str(self.name);
            text.push(' ');
            text.push_str(kind);
            text.push('\n');
        }
        text.push_str(self.name);
        for (index, (name, value)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            text.push_str(name);
            text.push_str("=\"");
            for character in value.chars() {
                match character {
                    '"' => text.push_str("\\\""),
                    '\\' => text.push_str("\\\\"),
                    '\n' => text.push_str("\\n"),
                    other => text.push(other),
                }
            }
            text.push('"');
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, " {value}");
    }
}
