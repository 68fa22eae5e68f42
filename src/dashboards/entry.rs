//! One dashboard of the library.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

/// Where a dashboard comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Shipped with the binary.
    Shipped,
    /// A file of a folder that the user named.
    File(PathBuf),
}

/// What lists and links need to know of a dashboard, and its text.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its identity in URLs: letters, digits, `-` and `_`, at most 40 characters.
    pub uid: String,
    /// As shown; never empty.
    pub title: String,
    /// In the order of the file.
    pub tags: Vec<String>,
    /// The folder it is listed under; empty for none.
    pub folder: String,
    /// The title as the last part of a URL.
    pub slug: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The JSON of the dashboard itself, without the wrappers that some exports put around it.
    pub json: Arc<Value>,
}

impl Entry {
    /// Reads a dashboard's text.
    ///
    /// # Errors
    /// The text is not JSON, or not a dashboard; the sentence says where and why.
    pub fn parse(text: &str, file_stem: &str, folder: &str, origin: Origin) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let json = unwrap_dashboard(value);
        let Some(object) = json.as_object() else {
            return Err("not a dashboard: the JSON is no object".to_owned());
        };
        // Classic dashboards have the title at the top, resources (v1, v2) in their spec.
        let spec = object.get("spec").and_then(Value::as_object).unwrap_or(object);
        let Some(title) = spec.get("title").and_then(Value::as_str).filter(|title| !title.trim().is_empty()) else {
            return Err("not a dashboard: it has no \"title\"".to_owned());
        };
        let named = object
            .get("metadata")
            .and_then(|metadata| metadata.get("name"))
            .or_else(|| spec.get("uid"))
            .and_then(Value::as_str)
            .filter(|uid| is_uid(uid));
        let tags = spec
            .get("tags")
            .and_then(Value::as_array)
            .map(|tags| tags.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        Ok(Self {
            uid: named.map_or_else(|| uid_of_file(file_stem), str::to_owned),
            title: title.to_owned(),
            tags,
            folder: folder.to_owned(),
            slug: slug(title),
            origin,
            json: Arc::new(json),
        })
    }
}

/// A title as Grafana writes it in URLs: lower case, words joined by `-`.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for character in title.chars() {
        if character.is_alphanumeric() || character == '_' {
            out.extend(character.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "dashboard".to_owned() } else { trimmed.to_owned() }
}

/// Takes a dashboard out of the object that Grafana's HTTP API puts around it.
fn unwrap_dashboard(value: Value) -> Value {
    match value {
        Value::Object(mut object)
            if !object.contains_key("title") && object.get("dashboard").is_some_and(Value::is_object) =>
        {
            object.remove("dashboard").unwrap_or(Value::Null)
        }
        other => other,
    }
}

fn is_uid(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_UID
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A file without a uid of its own gets one from its name, so that its address stays when it is edited.
fn uid_of_file(stem: &str) -> String {
    let plain = slug(stem);
    if is_uid(&plain) { plain } else { format!("file-{:016x}", xxh3_64(stem.as_bytes())) }
}

/// Grafana's own bound on a uid.
const LONGEST_UID: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Entry, String> {
        Entry::parse(text, "My Board", "", Origin::Shipped)
    }

    #[test]
    fn wrappers_are_taken_off() {
        let plain = parse(r#"{"title":"GPU / Node","uid":"a-1","tags":["x"]}"#).unwrap();
        assert_eq!(
            (plain.uid.as_str(), plain.slug.as_str(), plain.tags.as_slice()),
            ("a-1", "gpu-node", ["x".to_owned()].as_slice())
        );
        let wrapped = parse(r#"{"dashboard":{"title":"T","uid":null},"overwrite":true}"#).unwrap();
        assert_eq!((wrapped.uid.as_str(), wrapped.title.as_str()), ("my-board", "T"));
        let resource = parse(r#"{"kind":"Dashboard","metadata":{"name":"r-1"},"spec":{"title":"R"}}"#).unwrap();
        assert_eq!(resource.uid, "r-1");
    }

    #[test]
    fn what_is_no_dashboard_says_why() {
        assert!(parse("{").unwrap_err().contains("line 1"));
        assert!(parse("[]").unwrap_err().contains("no object"));
        assert!(parse("{}").unwrap_err().contains("title"));
    }
}
