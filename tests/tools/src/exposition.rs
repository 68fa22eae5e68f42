use std::collections::HashMap;

/// One exposition, cut into lines whose values can be replaced without touching anything else, so that what is served
/// again keeps the engine's own spelling: label order, spaces, comments, exemplars.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its lines in order.
    pub lines: Vec<Line>,
    /// Whether it ends with `# EOF` and is to be served as OpenMetrics.
    pub openmetrics: bool,
}

/// One line of an exposition.
#[derive(Clone, Debug)]
pub enum Line {
    /// A comment or an empty line, as it stands.
    Text(String),
    /// A sample: `key`, a space, `value`, then `rest` (timestamp, exemplar, or nothing).
    Sample {
        /// Name and labels as printed; unique within a page.
        key: String,
        /// The value as printed.
        value: String,
        /// What follows the value, with its leading space.
        rest: String,
        /// How its value may move.
        kind: Kind,
    },
}

/// How a sample may move between scrapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Up and down.
    Gauge,
    /// Never down: a counter, or the count or sum of a summary.
    Counter,
    /// One cumulative bucket of a classic histogram.
    Bucket,
    /// The `_count` of a histogram.
    Count,
    /// The `_sum` of a histogram.
    Sum,
    /// A creation time: never moves.
    Created,
}

impl Page {
    /// Cuts an exposition in Prometheus text or OpenMetrics format. Lines that are no samples are kept as text.
    pub fn parse(text: &str) -> Self {
        let mut types = HashMap::new();
        let mut lines = Vec::new();
        let mut openmetrics = false;
        for line in text.lines() {
            if let Some(declared) = line.strip_prefix("# TYPE ")
                && let Some((family, kind)) = declared.split_once(' ')
            {
                types.insert(family.to_owned(), kind.trim().to_owned());
            }
            openmetrics |= line == "# EOF";
            lines.push(match split_sample(line) {
                Some((key, value, rest)) => Line::Sample {
                    key: key.to_owned(),
                    value: value.to_owned(),
                    rest: rest.to_owned(),
                    kind: kind_of(name_of(key), &types),
                },
                None => Line::Text(line.to_owned()),
            });
        }
        Self { lines, openmetrics }
    }

    /// The content type an engine would declare for this format.
    pub fn content_type(&self) -> &'static str {
        if self.openmetrics {
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        } else {
            "text/plain; version=0.0.4; charset=utf-8"
        }
    }
}

/// The metric name of a sample's key.
pub(crate) fn name_of(key: &str) -> &str {
    key.split('{').next().unwrap_or(key).trim_end()
}

/// Name and labels of a sample's key, sorted by label name.
pub(crate) fn labels_of(key: &str) -> Vec<(String, String)> {
    let name = name_of(key);
    let mut labels = vec![("__name__".to_owned(), name.to_owned())];
    let mut rest = key[name.len()..].trim().trim_start_matches('{');
    while let Some((label, after)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut characters = after.char_indices();
        let mut end = after.len();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, other)) => value.push(other),
                    None => {}
                },
                other => value.push(other),
            }
        }
        labels.push((label.trim_start_matches(',').trim().to_owned(), value));
        rest = &after[end..];
    }
    labels.sort();
    labels
}

/// The key of a bucket without its `le`, which is the same for all buckets of one histogram, and the bound.
pub(crate) fn histogram_of(key: &str) -> Option<(String, f64)> {
    let start = key.find("le=\"").filter(|&at| matches!(key.as_bytes().get(at.wrapping_sub(1)), Some(b'{' | b',')))?;
    let bound_start = start + 4;
    let bound_end = bound_start + key[bound_start..].find('"')?;
    let bound = match &key[bound_start..bound_end] {
        "+Inf" => f64::INFINITY,
        number => number.parse().ok()?,
    };
    let mut before = key[..start].to_owned();
    let mut after = &key[bound_end + 1..];
    if let Some(stripped) = after.strip_prefix(',') {
        after = stripped;
    } else if before.ends_with(',') {
        before.pop();
    }
    let joined = before + after;
    Some((series_of(&joined, "_bucket"), bound))
}

/// A histogram's identity from the key of its `_count` or `_sum`: the family's name and the labels.
pub(crate) fn series_of(key: &str, suffix: &str) -> String {
    let name = name_of(key);
    let labels = key[name.len()..].trim();
    let labels = if labels == "{}" { "" } else { labels };
    format!("{}{labels}", name.strip_suffix(suffix).unwrap_or(name))
}

fn split_sample(line: &str) -> Option<(&str, &str, &str)> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let key_end = match line.find('{') {
        Some(open) if line[..open].find(' ').is_none() => labels_end(line, open)?,
        _ => line.find(' ')?,
    };
    let (key, after) = line.split_at(key_end);
    let after = after.trim_start();
    let value_end = after.find(' ').unwrap_or(after.len());
    let (value, rest) = after.split_at(value_end);
    value.parse::<f64>().ok()?;
    Some((key, value, rest))
}

/// Where the label set that opens at `open` ends (one past the brace), minding quotes and escapes.
fn labels_end(line: &str, open: usize) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate().skip(open + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn kind_of(name: &str, types: &HashMap<String, String>) -> Kind {
    let declared = |family: &str| types.get(family).map(String::as_str);
    if name.ends_with("_created") {
        return Kind::Created;
    }
    for (suffix, kind) in [("_bucket", Kind::Bucket), ("_count", Kind::Count), ("_sum", Kind::Sum)] {
        if let Some(family) = name.strip_suffix(suffix)
            && matches!(declared(family), Some("histogram" | "summary"))
        {
            return if declared(family) == Some("summary") { Kind::Counter } else { kind };
        }
    }
    let counter = declared(name) == Some("counter")
        || name.strip_suffix("_total").is_some_and(|family| declared(family) == Some("counter"))
        || (declared(name).is_none() && name.ends_with("_total"));
    if counter { Kind::Counter } else { Kind::Gauge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_without_losing_a_byte_that_matters() {
        let page = Page::parse(
            "# TYPE h histogram\nh_bucket{le=\"1\",a=\"}x y\"} 3 # {trace=\"t\"} 0.5\nh_count{a=\"}x y\"} 3\nplain 1e3\n",
        );
        let Line::Sample { key, value, rest, kind } = &page.lines[1] else { panic!("no sample") };
        assert_eq!((key.as_str(), value.as_str()), ("h_bucket{le=\"1\",a=\"}x y\"}", "3"));
        assert_eq!((rest.as_str(), *kind), (" # {trace=\"t\"} 0.5", Kind::Bucket));
        assert_eq!(histogram_of(key), Some(("h{a=\"}x y\"}".to_owned(), 1.0)));
        assert_eq!(histogram_of("h_bucket{a=\"b\",le=\"+Inf\"}"), Some(("h{a=\"b\"}".to_owned(), f64::INFINITY)));
        assert_eq!(histogram_of("h_bucket{le=\"2\"}"), Some(("h".to_owned(), 2.0)));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            labels_of("m{b=\"1,\\\"x\\\\\",a=\"}\"}"),
            [pair("__name__", "m"), pair("a", "}"), pair("b", "1,\"x\\")]
        );
        assert!(matches!(&page.lines[3], Line::Sample { value, .. } if value == "1e3"));
    }
}
