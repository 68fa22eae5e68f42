//! One relabelling rule, compiled. How rules are applied is told in the module `relabel`.

use std::fmt;

use crate::model::{AnchoredRegex, MatcherError, Template};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelabelAction {
    /// Sets the target label from a template where the pattern matches.
    Replace,
    /// Drops what the pattern does not match.
    Keep,
    /// Drops what the pattern matches.
    Drop,
    /// Drops where the source differs from the target label.
    KeepEqual,
    /// Drops where the source equals the target label.
    DropEqual,
    /// Sets the target label to the source's hash modulo a number.
    HashMod,
    /// Copies labels whose name matches to names made from a template.
    LabelMap,
    /// Takes labels away whose name matches.
    LabelDrop,
    /// Takes labels away whose name does not match.
    LabelKeep,
    /// Sets the target label to the source in lower case.
    Lowercase,
    /// Sets the target label to the source in upper case.
    Uppercase,
}

impl RelabelAction {
    /// Every action, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Replace,
        Self::Keep,
        Self::Drop,
        Self::KeepEqual,
        Self::DropEqual,
        Self::HashMod,
        Self::LabelMap,
        Self::LabelDrop,
        Self::LabelKeep,
        Self::Lowercase,
        Self::Uppercase,
    ];

    /// The action as a configuration writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::KeepEqual => "keepequal",
            Self::DropEqual => "dropequal",
            Self::HashMod => "hashmod",
            Self::LabelMap => "labelmap",
            Self::LabelDrop => "labeldrop",
            Self::LabelKeep => "labelkeep",
            Self::Lowercase => "lowercase",
            Self::Uppercase => "uppercase",
        }
    }

    /// Reads an action; upper and lower case count alike, as with Prometheus.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for RelabelAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One step of relabelling: checked, its pattern and templates compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelabelRule {
    /// What to do.
    pub action: RelabelAction,
    /// The labels whose values, joined by the separator, are the source.
    pub source_labels: Vec<String>,
    /// What stands between the source labels' values.
    pub separator: String,
    /// The pattern for the source, or for label names.
    pub regex: AnchoredRegex,
    /// The divisor of `hashmod`; not zero there.
    pub modulus: u64,
    /// The label that is set or compared; with `replace` a template.
    pub target_label: Template,
    /// The new value, or with `labelmap` the new name.
    pub replacement: Template,
}

impl RelabelRule {
    /// What `separator` is where it is not given.
    pub const DEFAULT_SEPARATOR: &str = ";";
    /// What `regex` is where it is not given.
    pub const DEFAULT_REGEX: &str = "(.*)";
    /// What `replacement` is where it is not given.
    pub const DEFAULT_REPLACEMENT: &str = "$1";

    /// Checks a rule as it was written and compiles it.
    ///
    /// # Errors
    /// The pattern is not RE2, or a field is missing or has no meaning for the action.
    pub fn new(written: WrittenRule) -> Result<Self, RelabelRuleError> {
        let WrittenRule { action, source_labels, separator, regex, modulus, target_label, replacement } = written;
        let target = target_label.as_deref().unwrap_or("");
        let needs_target = matches!(
            action,
            RelabelAction::Replace
                | RelabelAction::HashMod
                | RelabelAction::Lowercase
                | RelabelAction::Uppercase
                | RelabelAction::KeepEqual
                | RelabelAction::DropEqual
        );
        if needs_target && target.is_empty() {
            return Err(RelabelRuleError::Missing { action, field: "target_label" });
        }
        if action == RelabelAction::HashMod && modulus.unwrap_or(0) == 0 {
            return Err(RelabelRuleError::Missing { action, field: "modulus" });
        }
        let changed = |field: Option<&String>, default: &str| field.is_some_and(|text| text != default);
        let given = [
            ("source_labels", source_labels.is_some()),
            ("separator", changed(separator.as_ref(), Self::DEFAULT_SEPARATOR)),
            ("regex", changed(regex.as_ref(), Self::DEFAULT_REGEX)),
            ("modulus", modulus.is_some_and(|modulus| modulus != 0)),
            ("target_label", !target.is_empty()),
            ("replacement", changed(replacement.as_ref(), Self::DEFAULT_REPLACEMENT)),
        ];
        let useless: &[&str] = match action {
            RelabelAction::KeepEqual | RelabelAction::DropEqual => &["separator", "regex", "modulus", "replacement"],
            RelabelAction::LabelDrop | RelabelAction::LabelKeep => {
                &["source_labels", "separator", "modulus", "target_label", "replacement"]
            }
            RelabelAction::Lowercase | RelabelAction::Uppercase => &["replacement"],
            _ => &[],
        };
        if let Some((field, _)) = given.iter().find(|(field, given)| *given && useless.contains(field)) {
            return Err(RelabelRuleError::Useless { action, field });
        }
        let replacement = Template::new(replacement.unwrap_or_else(|| Self::DEFAULT_REPLACEMENT.to_owned()));
        if action == RelabelAction::LabelMap && replacement.as_str().is_empty() {
            return Err(RelabelRuleError::Missing { action, field: "replacement" });
        }
        Ok(Self {
            action,
            source_labels: source_labels.unwrap_or_default(),
            separator: separator.unwrap_or_else(|| Self::DEFAULT_SEPARATOR.to_owned()),
            regex: AnchoredRegex::new(regex.unwrap_or_else(|| Self::DEFAULT_REGEX.to_owned()))
                .map_err(RelabelRuleError::Regex)?,
            modulus: modulus.unwrap_or(0),
            target_label: Template::new(target_label.unwrap_or_default()),
            replacement,
        })
    }
}

/// A rule's fields as they were written; `None` where they were left out.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of RelabelRule")]
pub struct WrittenRule {
    pub action: RelabelAction,
    pub source_labels: Option<Vec<String>>,
    pub separator: Option<String>,
    pub regex: Option<String>,
    pub modulus: Option<u64>,
    pub target_label: Option<String>,
    pub replacement: Option<String>,
}

#[expect(clippy::derivable_impls, reason = "the default is Prometheus's, not the first variant")]
impl Default for RelabelAction {
    fn default() -> Self {
        Self::Replace
    }
}

/// Why a rule makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelabelRuleError {
    /// The pattern is not RE2.
    Regex(MatcherError),
    /// The action needs a field that is empty or zero.
    Missing {
        /// The rule's action.
        action: RelabelAction,
        /// The field's key.
        field: &'static str,
    },
    /// A field is set that the action does not read.
    Useless {
        /// The rule's action.
        action: RelabelAction,
        /// The field's key.
        field: &'static str,
    },
}

impl RelabelRuleError {
    /// The key that the error is about.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Regex(_) => "regex",
            Self::Missing { field, .. } | Self::Useless { field, .. } => field,
        }
    }
}

impl fmt::Display for RelabelRuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regex(error) => error.fmt(formatter),
            Self::Missing { action, field: "modulus" } => {
                write!(formatter, "action {action} needs 'modulus', a whole number above 0")
            }
            Self::Missing { action, field } => write!(formatter, "action {action} needs '{field}'"),
            Self::Useless { action, field } => write!(formatter, "action {action} does not read '{field}'"),
        }
    }
}

impl std::error::Error for RelabelRuleError {}
