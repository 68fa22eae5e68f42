//! From the tree of a file to typed values, collecting every mistake on the way.
//!
//! A getter returns `None` for what is absent and for what is wrong; what is wrong has been noted as a problem by
//! then, so that the caller simply goes on and the user sees all mistakes at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::{Labels, LabelsBuilder, parse_duration};

use super::client::Secret;
use super::error::Problem;
use super::keys::{Key, Section, State};
use super::size::parse_size;
use super::suggest;
use super::yaml::{Entry, Node, Place, Value};

/// Collects problems and notes while a file is read.
pub(crate) struct Reader {
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<String>,
    /// The folder that relative paths start from.
    base: PathBuf,
}

/// A value and the way to it.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Node,
    pub(crate) key: String,
}

/// The entries of one mapping, checked against its section.
pub(crate) struct Fields<'a> {
    section: &'static Section,
    path: String,
    pub(crate) place: Place,
    entries: Vec<&'a Entry>,
}

impl<'a> Fields<'a> {
    /// A key's value, unless it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<At<'a>> {
        debug_assert!(self.section.key(name).is_some_and(|key| key.state == State::Supported), "undeclared key {name}");
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.key == name && !entry.merged)
            .or_else(|| self.entries.iter().find(|entry| entry.key == name))?;
        (!entry.value.is_null()).then(|| At { node: &entry.value, key: join(&self.path, name) })
    }

    /// A key that is present with nothing in it.
    pub(crate) fn hollow(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value).filter(|node| node.is_null())
    }

    /// The way to a key of this mapping, present or not.
    pub(crate) fn key(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

impl Reader {
    /// A reader for a file in the folder `base`.
    pub(crate) fn new(base: &Path) -> Self {
        Self { problems: Vec::new(), notes: Vec::new(), base: base.to_owned() }
    }

    /// Notes a mistake.
    pub(crate) fn problem(&mut self, place: Place, key: &str, message: impl Into<String>, mend: Option<&str>) {
        self.problems.push(Problem {
            place,
            key: key.to_owned(),
            message: message.into(),
            mend: mend.map(str::to_owned),
        });
    }

    /// Notes a mistake in a value.
    pub(crate) fn wrong(&mut self, at: &At<'_>, message: impl Into<String>, mend: Option<&str>) {
        self.problem(at.node.place, &at.key, message, mend);
    }

    /// Opens a mapping: every key has to be one of the section's, and to stand there once.
    pub(crate) fn fields<'a>(&mut self, at: &At<'a>, section: &'static Section) -> Fields<'a> {
        let mut fields = Fields { section, path: at.key.clone(), place: at.node.place, entries: Vec::new() };
        match &at.node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.check_key(entry, &fields);
                    fields.entries.push(entry);
                }
            }
            Value::Scalar { .. } if at.node.is_null() => {}
            _ => {
                let names: Vec<&str> = section.all().take(2).map(|key| key.name).collect();
                let mend = format!("write a mapping, with keys such as {}", names.join(" and "));
                self.wrong(at, format!("{} where a mapping has to be", at.node.kind()), Some(&mend));
            }
        }
        fields
    }

    fn check_key(&mut self, entry: &Entry, known: &Fields<'_>) {
        let path = join(&known.path, &entry.key);
        let twin = known.entries.iter().find(|earlier| earlier.key == entry.key && earlier.merged == entry.merged);
        if let Some(earlier) = twin {
            let message = format!("this key stands here twice, first in line {}", earlier.place.line);
            self.problem(entry.place, &path, message, Some("take one of them out"));
            return;
        }
        let Some(key) = known.section.key(&entry.key) else {
            let mend = known.section.mend(&entry.key);
            let message = format!("{} has no key '{}'", known.section.name, entry.key);
            self.problem(entry.place, &path, message, mend.as_deref());
            return;
        };
        match key.state {
            State::Supported => {}
            State::NotYet if asks_for_nothing(key, &entry.value) => {}
            State::NotYet => {
                let message = format!("not supported yet: {}", key.doc);
                self.problem(entry.place, &path, message, Some("take it out, or keep Prometheus for it"));
            }
            State::Moot => {
                self.notes.push(format!("line {}: {path} has no effect here: {}", entry.place.line, key.doc));
            }
            State::Removed => {
                self.problem(entry.place, &path, "not known to Prometheus 3 any more", Some(key.doc));
            }
        }
    }

    /// A list's items with their ways; an absent list is empty.
    pub(crate) fn list<'a>(&mut self, at: Option<At<'a>>) -> Vec<At<'a>> {
        let Some(at) = at.filter(|at| !at.node.is_null()) else { return Vec::new() };
        match &at.node.value {
            Value::List(items) => {
                items.iter().enumerate().map(|(index, node)| At { node, key: format!("{}[{index}]", at.key) }).collect()
            }
            _ => {
                let message = format!("{} where a list has to be", at.node.kind());
                self.wrong(&at, message, Some("begin each item with '- '"));
                Vec::new()
            }
        }
    }

    /// A mapping's entries whose keys are the user's own, with their ways; no key twice.
    pub(crate) fn map<'a>(&mut self, at: Option<At<'a>>) -> Vec<(&'a Entry, At<'a>)> {
        let Some(at) = at else { return Vec::new() };
        let Value::Map(entries) = &at.node.value else {
            self.wrong(&at, format!("{} where a mapping has to be", at.node.kind()), Some("write 'name: value' lines"));
            return Vec::new();
        };
        let mut found: Vec<(&Entry, At<'_>)> = Vec::new();
        for entry in entries {
            let path = join(&at.key, &entry.key);
            match found.iter().position(|(earlier, _)| earlier.key == entry.key) {
                Some(index) if found.get(index).is_some_and(|(earlier, _)| earlier.merged && !entry.merged) => {
                    found.remove(index);
                }
                Some(_) if entry.merged => continue,
                Some(_) => {
                    self.problem(entry.place, &path, "this key stands here twice", Some("take one of them out"));
                    continue;
                }
                None => {}
            }
            found.push((entry, At { node: &entry.value, key: path }));
        }
        found
    }

    /// A text; numbers and truths count as the text they are written with.
    pub(crate) fn text(&mut self, at: Option<At<'_>>) -> Option<String> {
        let at = at?;
        match &at.node.value {
            Value::Scalar { text, .. } => Some(text.clone()),
            _ => {
                self.wrong(&at, format!("{} where a single value has to be", at.node.kind()), None);
                None
            }
        }
    }

    /// A text that must not be empty.
    pub(crate) fn filled(&mut self, at: Option<At<'_>>) -> Option<String> {
        let at = at?;
        let text = self.text(Some(at.clone()))?;
        if text.is_empty() {
            self.wrong(&at, "must not be empty", None);
            return None;
        }
        Some(text)
    }

    /// A text that is never shown.
    pub(crate) fn secret(&mut self, at: Option<At<'_>>) -> Option<Secret> {
        self.text(at).map(Secret::new)
    }

    /// Texts of a list.
    pub(crate) fn texts(&mut self, at: Option<At<'_>>) -> Option<Vec<String>> {
        at.as_ref()?;
        Some(self.list(at).into_iter().filter_map(|item| self.text(Some(item))).collect())
    }

    /// A path; a relative one starts from the configuration's folder.
    pub(crate) fn path(&mut self, at: Option<At<'_>>) -> Option<PathBuf> {
        self.text(at).filter(|text| !text.is_empty()).map(|text| self.base.join(text))
    }

    /// A duration. Zero is returned as such.
    pub(crate) fn duration(&mut self, at: Option<At<'_>>) -> Option<Duration> {
        let at = at?;
        let text = self.text(Some(at.clone()))?;
        match parse_duration(&text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                let mend = match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
                    true => format!("add a unit: {text}s for seconds"),
                    false => "write whole numbers with units, such as 15s, 1m30s or 500ms".to_owned(),
                };
                self.wrong(&at, error.to_string(), Some(&mend));
                None
            }
        }
    }

    /// A boolean, in one of the spellings of YAML 1.1.
    pub(crate) fn boolean(&mut self, at: Option<At<'_>>) -> Option<bool> {
        let at = at?;
        let text = self.plain(&at)?;
        let is = |words: [&str; 4]| {
            let mut capital = text.clone();
            if let Some(first) = capital.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            words.iter().any(|word| *word == capital || word.to_ascii_uppercase() == text)
        };
        if is(["true", "yes", "on", "y"]) {
            return Some(true);
        }
        if is(["false", "no", "off", "n"]) {
            return Some(false);
        }
        self.wrong(&at, format!("{text:?} is neither true nor false"), None);
        None
    }

    /// A whole number that is not negative, in any of the spellings of YAML 1.1.
    pub(crate) fn number(&mut self, at: Option<At<'_>>) -> Option<u64> {
        let at = at?;
        let text = self.plain(&at)?;
        let number = whole_number(&text);
        if number.is_none() {
            self.wrong(&at, format!("{text:?} is not a whole number of 0 or more"), None);
        }
        number
    }

    /// A single value without quotes, which would make a text of it.
    fn plain(&mut self, at: &At<'_>) -> Option<String> {
        if let Value::Scalar { plain: false, .. } = &at.node.value {
            self.wrong(at, "a text where a plain value has to be", Some("take the quotes away"));
            return None;
        }
        self.text(Some(at.clone()))
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, at: Option<At<'_>>) -> Option<u64> {
        let at = at?;
        let text = self.text(Some(at.clone()))?;
        match parse_size(&text) {
            Ok(size) => Some(size),
            Err(error) => {
                self.wrong(&at, error.to_string(), None);
                None
            }
        }
    }

    /// One of a few names.
    pub(crate) fn choice<T: Copy>(&mut self, at: Option<At<'_>>, choices: &[(&str, T)]) -> Option<T> {
        let at = at?;
        let text = self.text(Some(at.clone()))?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let mend = match suggest::nearest(&text, choices.iter().map(|(name, _)| *name)) {
                Some(near) => format!("did you mean '{near}'?"),
                None => {
                    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                    format!("write one of {}", names.join(", "))
                }
            };
            self.wrong(&at, format!("{text:?} is not known here"), Some(&mend));
        }
        found
    }

    /// A mapping of label names to values.
    pub(crate) fn labels(&mut self, at: Option<At<'_>>) -> Labels {
        let mut labels = LabelsBuilder::default();
        for (entry, value) in self.map(at) {
            if entry.key.is_empty() {
                self.problem(entry.place, &value.key, "a label's name must not be empty", None);
            } else if !value.node.is_null()
                && let Some(text) = self.text(Some(value))
            {
                labels.set(entry.key.as_str(), text);
            }
        }
        labels.build()
    }
}

fn whole_number(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text).replace('_', "");
    let based = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)].into_iter().find_map(|(prefix, base)| {
        digits.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(|rest| u64::from_str_radix(rest, base).ok())
    });
    let float = || {
        let number: f64 = digits.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked right here")]
        (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
    };
    based.unwrap_or_else(|| digits.parse().ok()).or_else(float)
}

/// A key that is not supported may stand there with nothing in it, or with what holds anyway.
fn asks_for_nothing(key: &Key, value: &Node) -> bool {
    let is_default = match &value.value {
        Value::Scalar { text, .. } => !key.default.is_empty() && text == key.default,
        _ => false,
    };
    is_default || value.is_hollow()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
