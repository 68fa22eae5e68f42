//! YAML as a tree in which every key and value knows its line and column.
//!
//! Only what a configuration needs: scalars stay text (whether `15` is a number is for the key to say), anchors,
//! aliases and merge keys are resolved, tags do not count. Depth and size are bounded, so that no file can exhaust
//! the stack or the memory.

use std::collections::HashMap;
use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

/// Where something stands in a file; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the value begins.
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text, with or without quotes.
    Scalar {
        /// The text, quotes and escapes resolved.
        text: String,
        /// True where it stood without quotes, so that `~` is nothing and `true` a truth.
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; keys may repeat.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key begins.
    pub place: Place,
    /// True where the entry came through a merge key (`<<`) and yields to one of the mapping's own.
    pub merged: bool,
    /// What it is set to.
    pub value: Node,
}

impl Node {
    /// Reads the one document of a text. An empty text is an empty value.
    ///
    /// # Errors
    /// The text is not YAML, holds a second document, or is nested or repeated beyond the bounds.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        Loader::default().load(text)
    }

    /// Whether there is no value: nothing at all, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether the value asks for nothing: no scalar other than nulls anywhere in it.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        match &self.value {
            Value::Scalar { .. } => self.is_null(),
            Value::List(items) => items.iter().all(Self::is_hollow),
            Value::Map(entries) => entries.iter().all(|entry| entry.value.is_hollow()),
        }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    fn weight(&self) -> usize {
        match &self.value {
            Value::Scalar { .. } => 1,
            Value::List(items) => 1 + items.iter().map(Self::weight).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.value.weight()).sum::<usize>(),
        }
    }
}

/// A text that is not YAML, or more of it than is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct YamlError {
    /// Where reading stopped.
    pub place: Place,
    /// What is wrong.
    pub fault: YamlFault,
}

/// What is wrong with a text that should be YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum YamlFault {
    /// The syntax, in the words of the parser.
    Syntax(String),
    /// A tab where only spaces may indent.
    Tab,
    /// A second document in one file.
    SecondDocument,
    /// A key that is itself a list or a mapping.
    KeyIsNotText,
    /// A merge key whose value is no mapping.
    BadMerge,
    /// An alias of something that is not there yet.
    UnknownAlias,
    /// Nested too deep.
    TooDeep,
    /// Aliases that unfold to too much.
    TooLarge,
}

impl fmt::Display for YamlFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(text) => write!(formatter, "this is not YAML: {text}"),
            Self::Tab => formatter.write_str("a tab in the indentation: YAML is indented by spaces only"),
            Self::SecondDocument => formatter.write_str("a second YAML document: one file holds one configuration"),
            Self::KeyIsNotText => formatter.write_str("a key must be a plain text"),
            Self::BadMerge => formatter.write_str("'<<' takes a mapping, or a list of mappings"),
            Self::UnknownAlias => formatter.write_str("this alias (*name) names no anchor (&name) above it"),
            Self::TooDeep => write!(formatter, "nested deeper than {DEEPEST} levels"),
            Self::TooLarge => write!(formatter, "aliases unfold to more than {LARGEST} values"),
        }
    }
}

impl std::error::Error for YamlFault {}

/// Builds the tree from the parser's events, on a stack of its own.
#[derive(Default)]
struct Loader {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// Values copied by aliases so far.
    copied: usize,
}

/// A list or mapping whose end has not come yet.
struct Open {
    anchor: usize,
    place: Place,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl Loader {
    fn load(mut self, text: &str) -> Result<Node, YamlError> {
        let mut parser = Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut root = None;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let place = place_of(error.marker());
                let tab = text.lines().nth(place.line.saturating_sub(1)).is_some_and(starts_with_tab);
                let fault = if tab { YamlFault::Tab } else { YamlFault::Syntax(error.info().to_owned()) };
                YamlError { place, fault }
            })?;
            let place = place_of(&span.start);
            let finished = match event {
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(YamlError { place, fault: YamlFault::SecondDocument });
                }
                Event::Scalar(text, style, anchor, _) => {
                    let plain = style == ScalarStyle::Plain;
                    Some((anchor, Node { place, value: Value::Scalar { text: text.into_owned(), plain } }))
                }
                Event::Alias(anchor) => Some((0, self.alias(anchor, place)?)),
                Event::SequenceStart(anchor, _) => {
                    self.push(anchor, place, Content::List(Vec::new()))?;
                    None
                }
                Event::MappingStart(anchor, _) => {
                    self.push(anchor, place, Content::Map { entries: Vec::new(), key: None })?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.open.pop().map(|open| {
                    let value = match open.content {
                        Content::List(items) => Value::List(items),
                        Content::Map { entries, .. } => Value::Map(entries),
                    };
                    (open.anchor, Node { place: open.place, value })
                }),
                _ => None,
            };
            if let Some((anchor, node)) = finished {
                if anchor > 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                match self.open.last_mut() {
                    Some(open) => open.content.add(node)?,
                    None => root = Some(node),
                }
            }
        }
        Ok(root.unwrap_or(Node {
            place: Place { line: 1, column: 1 },
            value: Value::Scalar { text: String::new(), plain: true },
        }))
    }

    fn push(&mut self, anchor: usize, place: Place, content: Content) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST {
            return Err(YamlError { place, fault: YamlFault::TooDeep });
        }
        self.open.push(Open { anchor, place, content });
        Ok(())
    }

    /// A copy of what an anchor names. The copy keeps its places, since that is where a mistake in it is mended.
    fn alias(&mut self, anchor: usize, place: Place) -> Result<Node, YamlError> {
        let node = self.anchors.get(&anchor).ok_or(YamlError { place, fault: YamlFault::UnknownAlias })?;
        self.copied += node.weight();
        if self.copied > LARGEST {
            return Err(YamlError { place, fault: YamlFault::TooLarge });
        }
        Ok(node.clone())
    }
}

impl Content {
    fn add(&mut self, node: Node) -> Result<(), YamlError> {
        match self {
            Self::List(items) => items.push(node),
            Self::Map { entries, key } => match key.take() {
                None => match node.value {
                    Value::Scalar { text, .. } => *key = Some((text, node.place)),
                    _ => return Err(YamlError { place: node.place, fault: YamlFault::KeyIsNotText }),
                },
                Some((name, place)) if name == MERGE => {
                    let sources = match node.value {
                        Value::List(items) => items,
                        _ => vec![node],
                    };
                    for source in sources {
                        let Value::Map(merged) = source.value else {
                            return Err(YamlError { place, fault: YamlFault::BadMerge });
                        };
                        for entry in merged {
                            if !entries.iter().any(|known| known.merged && known.key == entry.key) {
                                entries.push(Entry { merged: true, ..entry });
                            }
                        }
                    }
                }
                Some((name, place)) => entries.push(Entry { key: name, place, merged: false, value: node }),
            },
        }
        Ok(())
    }
}

fn place_of(marker: &Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

fn starts_with_tab(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t')
}

/// The key that pours another mapping into this one.
const MERGE: &str = "<<";

/// Far more than any configuration nests, far less than would hurt the stack of whoever walks the tree.
const DEEPEST: usize = 64;

/// What aliases may unfold to: a configuration of ten thousand targets has about as many values, while a file made to
/// explode reaches this within a few lines.
const LARGEST: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_places() {
        let root = Node::parse("a: 1\nb:\n  - x\n  - {c: d}\n").unwrap();
        let Value::Map(entries) = &root.value else { panic!("{root:?}") };
        assert_eq!(entries[0].place, Place { line: 1, column: 1 });
        assert_eq!(entries[1].key, "b");
        let Value::List(items) = &entries[1].value.value else { panic!("{root:?}") };
        assert_eq!(items[0].place, Place { line: 3, column: 5 });
        let Value::Map(inner) = &items[1].value else { panic!("{root:?}") };
        assert_eq!(inner[0].value.place, Place { line: 4, column: 9 });
    }

    #[test]
    fn anchors_and_merge_keys_are_resolved() {
        let root = Node::parse("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n").unwrap();
        let Value::Map(entries) = &root.value else { panic!("{root:?}") };
        let Value::Map(inner) = &entries[1].value.value else { panic!("{root:?}") };
        let keys: Vec<_> = inner.iter().map(|entry| (entry.key.as_str(), entry.merged)).collect();
        assert_eq!(keys, [("a", true), ("b", true), ("b", false)]);
    }

    #[test]
    fn files_made_to_hurt_are_refused() {
        let deep = "[".repeat(100_000);
        assert!(Node::parse(&deep).is_err());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert_eq!(Node::parse(&bomb).unwrap_err().fault, YamlFault::TooLarge);
        assert_eq!(Node::parse("a:\n\tb: 1\n").unwrap_err().fault, YamlFault::Tab);
        assert_eq!(Node::parse("a: 1\n---\nb: 1\n").unwrap_err().fault, YamlFault::SecondDocument);
        assert!(Node::parse("# nothing\n").unwrap().is_null());
    }
}
