//! A configuration as YAML again: defaults filled in, secrets hidden.

use crate::model::{Labels, format_duration};

use super::client::{Credential, HttpAuth, HttpClientOptions, HttpHeader, Pem, TlsOptions, redacted};
use super::job::{Config, FileSd, Global, HttpSd, Limits, ScrapeJob, ScrapeProtocol, StaticGroup};
use super::relabel::{RelabelAction, RelabelRule};
use super::size::format_size;

impl Config {
    /// The configuration in effect, as YAML that [`Config::parse`] reads back; secrets are written as `<secret>`.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let jobs = self.scrape.iter().map(|job| job_tree(job, &self.global)).collect();
        Tree::map([("global", global_tree(&self.global)), ("scrape_configs", Tree::List(jobs))]).print()
    }
}

impl ScrapeJob {
    /// One job alone, written as in [`Config::to_yaml`].
    #[must_use]
    pub fn to_yaml(&self, global: &Global) -> String {
        job_tree(self, global).print()
    }
}

/// What is to be printed. Empty lists and mappings vanish.
enum Tree {
    Map(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Text(String),
    /// Printed as it is.
    Raw(String),
}

impl Tree {
    fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.as_ref().to_owned())).collect())
    }

    fn labels(labels: &Labels) -> Self {
        Self::Map(labels.iter().map(|(name, value)| (name.to_owned(), Self::Text(value.to_owned()))).collect())
    }

    fn raw(value: impl ToString) -> Self {
        Self::Raw(value.to_string())
    }

    /// A list that vanishes unless there is something in it.
    fn none() -> Self {
        Self::List(Vec::new())
    }

    fn maybe(value: Option<Self>) -> Self {
        value.unwrap_or_else(Self::none)
    }

    fn vanishes(&self) -> bool {
        match self {
            Self::Map(entries) => entries.iter().all(|(_, value)| value.vanishes()),
            Self::List(items) => items.is_empty(),
            Self::Text(_) | Self::Raw(_) => false,
        }
    }

    fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    /// Writes the lines of a mapping or list at an indentation; the first line's indentation has been written.
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Map(entries) => {
                let mut is_first = true;
                for (key, value) in entries.iter().filter(|(_, value)| !value.vanishes()) {
                    if !is_first {
                        out.push_str(&" ".repeat(indent));
                    }
                    is_first = false;
                    out.push_str(&scalar(key));
                    out.push(':');
                    value.write_value(out, indent);
                }
            }
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(&" ".repeat(indent));
                    }
                    out.push('-');
                    match item {
                        Self::Map(_) if item.vanishes() => out.push_str(" {}\n"),
                        Self::Map(_) => {
                            out.push(' ');
                            item.write(out, indent + 2);
                        }
                        _ => item.write_value(out, indent),
                    }
                }
            }
            Self::Text(_) | Self::Raw(_) => self.write_value(out, indent),
        }
    }

    /// Writes what follows a key or a dash: a scalar on the same line, anything else on the lines below.
    fn write_value(&self, out: &mut String, indent: usize) {
        match self {
            Self::Text(text) => out.push_str(&format!(" {}\n", scalar(text))),
            Self::Raw(text) => out.push_str(&format!(" {text}\n")),
            Self::Map(_) | Self::List(_) => {
                out.push('\n');
                out.push_str(&" ".repeat(indent + 2));
                self.write(out, indent + 2);
            }
        }
    }
}

fn global_tree(global: &Global) -> Tree {
    let mut entries = vec![
        ("scrape_interval".to_owned(), Tree::raw(format_duration(global.scrape_interval))),
        ("scrape_timeout".to_owned(), Tree::raw(format_duration(global.scrape_timeout))),
        ("scrape_protocols".to_owned(), protocols(&global.scrape_protocols)),
        ("evaluation_interval".to_owned(), Tree::raw(format_duration(global.evaluation_interval))),
        ("external_labels".to_owned(), Tree::labels(&global.external_labels)),
    ];
    limits(&mut entries, &global.limits, &Limits::default());
    Tree::Map(entries)
}

fn job_tree(job: &ScrapeJob, global: &Global) -> Tree {
    let params = job.params.iter().map(|(name, values)| (name.clone(), Tree::texts(values))).collect();
    let Tree::Map(mut entries) = Tree::map([
        ("job_name", Tree::Text(job.name.clone())),
        ("honor_labels", if job.honor_labels { Tree::raw(true) } else { Tree::none() }),
        ("honor_timestamps", Tree::raw(job.honor_timestamps)),
        ("track_timestamps_staleness", Tree::raw(job.track_timestamps_staleness)),
        ("params", Tree::Map(params)),
        ("scrape_interval", Tree::raw(format_duration(job.scrape_interval))),
        ("scrape_timeout", Tree::raw(format_duration(job.scrape_timeout))),
        ("scrape_protocols", protocols(&job.scrape_protocols)),
        ("fallback_scrape_protocol", Tree::maybe(job.fallback_scrape_protocol.map(|one| Tree::raw(one.as_str())))),
        ("metrics_path", Tree::Text(job.metrics_path.clone())),
        ("scheme", Tree::raw(job.scheme.as_str())),
        ("enable_compression", Tree::raw(job.enable_compression)),
    ]) else {
        return Tree::none();
    };
    limits(&mut entries, &job.limits, &global.limits);
    client(&mut entries, &job.client);
    let lists = [
        ("relabel_configs", job.relabel.iter().map(rule).collect()),
        ("metric_relabel_configs", job.metric_relabel.iter().map(rule).collect()),
        ("static_configs", job.static_groups.iter().map(group).collect()),
        ("file_sd_configs", job.file_sd.iter().map(file_sd).collect()),
        ("http_sd_configs", job.http_sd.iter().map(http_sd).collect()),
    ];
    entries.extend(lists.map(|(key, items)| (key.to_owned(), Tree::List(items))));
    Tree::Map(entries)
}

fn protocols(protocols: &[ScrapeProtocol]) -> Tree {
    Tree::texts(protocols.iter().map(|protocol| protocol.as_str()))
}

/// Writes the limits that differ from those that hold anyway.
fn limits(entries: &mut Vec<(String, Tree)>, limits: &Limits, inherited: &Limits) {
    let size = |limit: Option<u64>| Tree::raw(limit.map_or_else(|| "0".to_owned(), format_size));
    if limits.body_size != inherited.body_size {
        entries.push(("body_size_limit".to_owned(), size(limits.body_size)));
    }
    for (key, limit, inherited) in [
        ("sample_limit", limits.samples, inherited.samples),
        ("target_limit", limits.targets, inherited.targets),
        ("label_limit", limits.labels, inherited.labels),
        ("label_name_length_limit", limits.label_name_length, inherited.label_name_length),
        ("label_value_length_limit", limits.label_value_length, inherited.label_value_length),
        ("keep_dropped_targets", limits.keep_dropped_targets, inherited.keep_dropped_targets),
    ] {
        if limit != inherited {
            entries.push((key.to_owned(), Tree::raw(limit.unwrap_or(0))));
        }
    }
}

fn client(entries: &mut Vec<(String, Tree)>, client: &HttpClientOptions) {
    let text = |text: &Option<String>| Tree::maybe(text.clone().map(Tree::Text));
    let auth = match &client.auth {
        None => ("basic_auth", Tree::none()),
        Some(HttpAuth::Basic { username, password }) => {
            let name = match username {
                // A user's name is no secret.
                Credential::Inline(name) => ("username", Tree::Text(name.reveal().to_owned())),
                Credential::File(path) => ("username_file", Tree::Text(path.display().to_string())),
            };
            ("basic_auth", Tree::map([name, credential("password", "password_file", password)]))
        }
        Some(HttpAuth::Authorization { kind, credentials }) => {
            let token = credential("credentials", "credentials_file", credentials);
            ("authorization", Tree::map([("type", Tree::Text(kind.clone())), token]))
        }
    };
    let written = [
        auth,
        ("tls_config", tls(&client.tls)),
        ("follow_redirects", Tree::raw(client.follow_redirects)),
        ("enable_http2", Tree::raw(client.enable_http2)),
        ("proxy_url", Tree::maybe(client.proxy_url.as_deref().map(|url| Tree::Text(redacted(url))))),
        ("no_proxy", text(&client.no_proxy)),
        ("http_headers", Tree::Map(client.headers.iter().map(header).collect())),
    ];
    entries.extend(written.map(|(key, value)| (key.to_owned(), value)));
}

fn credential<'a>(inline: &'a str, file: &'a str, credential: &Credential) -> (&'a str, Tree) {
    match credential {
        Credential::Inline(secret) if secret.reveal().is_empty() => (inline, Tree::none()),
        Credential::Inline(secret) => (inline, Tree::raw(secret)),
        Credential::File(path) => (file, Tree::Text(path.display().to_string())),
    }
}

fn tls(options: &TlsOptions) -> Tree {
    let pem = |inline, file, pem: &Option<Pem>| match pem {
        None => (inline, Tree::none()),
        Some(Pem::Inline(secret)) => (inline, Tree::raw(secret)),
        Some(Pem::File(path)) => (file, Tree::Text(path.display().to_string())),
    };
    Tree::map([
        pem("ca", "ca_file", &options.ca),
        pem("cert", "cert_file", &options.cert),
        pem("key", "key_file", &options.key),
        ("insecure_skip_verify", if options.insecure_skip_verify { Tree::raw(true) } else { Tree::none() }),
        ("min_version", Tree::maybe(options.min_version.map(|version| Tree::raw(version.as_str())))),
        ("max_version", Tree::maybe(options.max_version.map(|version| Tree::raw(version.as_str())))),
    ])
}

fn header(header: &HttpHeader) -> (String, Tree) {
    let tree = Tree::map([
        ("values", Tree::texts(&header.values)),
        ("secrets", Tree::List(header.secrets.iter().map(Tree::raw).collect())),
        ("files", Tree::texts(header.files.iter().map(|file| file.display().to_string()))),
    ]);
    (header.name.clone(), tree)
}

fn rule(rule: &RelabelRule) -> Tree {
    let changed = |text: &str, default: &str| {
        if text == default { Tree::none() } else { Tree::Text(text.to_owned()) }
    };
    let needs_defaults = rule.action == RelabelAction::Replace;
    let replacement = rule.replacement.as_str();
    Tree::map([
        ("source_labels", Tree::texts(&rule.source_labels)),
        ("separator", changed(&rule.separator, RelabelRule::DEFAULT_SEPARATOR)),
        ("regex", changed(rule.regex.as_str(), RelabelRule::DEFAULT_REGEX)),
        ("modulus", if rule.modulus > 0 { Tree::raw(rule.modulus) } else { Tree::none() }),
        ("target_label", changed(rule.target_label.as_str(), "")),
        (
            "replacement",
            if needs_defaults {
                Tree::Text(replacement.to_owned())
            } else {
                changed(replacement, RelabelRule::DEFAULT_REPLACEMENT)
            },
        ),
        ("action", Tree::raw(rule.action)),
    ])
}

fn group(group: &StaticGroup) -> Tree {
    Tree::map([("targets", Tree::texts(&group.targets)), ("labels", Tree::labels(&group.labels))])
}

fn file_sd(config: &FileSd) -> Tree {
    Tree::map([
        ("files", Tree::texts(config.files.iter().map(|file| file.display().to_string()))),
        ("refresh_interval", Tree::raw(format_duration(config.refresh_interval))),
    ])
}

fn http_sd(config: &HttpSd) -> Tree {
    let mut entries = vec![
        ("url".to_owned(), Tree::Text(redacted(&config.url))),
        ("refresh_interval".to_owned(), Tree::raw(format_duration(config.refresh_interval))),
    ];
    client(&mut entries, &config.client);
    Tree::Map(entries)
}

/// A text as a YAML scalar: plain where nobody could take it for anything else, otherwise in double quotes. JSON's
/// escapes are YAML's.
fn scalar(text: &str) -> String {
    let is_tame = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:$(){}*+^|,;@%=~ ".contains(&byte);
    let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_/$(.".contains(&byte));
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | ".nan" | ".inf"
    );
    let is_number = text.trim_start_matches('.').bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let ends_well = !text.ends_with([':', ' ']);
    let plain = begins_well && ends_well && text.bytes().all(is_tame) && !text.contains(": ") && !is_word && !is_number;
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::{Node, Value};
    use super::*;

    #[test]
    fn every_text_survives_as_a_scalar() {
        for text in [
            "",
            " ",
            "plain",
            "host:9090",
            "a: b",
            "true",
            "No",
            "12",
            ".5",
            "-",
            "- x",
            "#c",
            "a #b",
            "(.*)",
            "$1",
            "*x",
            "&x",
            "\"q\"",
            "line\nbreak",
            "tab\t",
            "é",
            "a:",
            "~",
            "null",
            "[x]",
            "{x}",
            "%x",
            "@x",
            "`x`",
            "x ",
            "?",
            ",",
            "|",
            ">",
        ] {
            let printed = Tree::map([("k", Tree::Text(text.to_owned()))]).print();
            let Value::Map(entries) = Node::parse(&printed).unwrap().value else { panic!("{printed}") };
            let Value::Scalar { text: back, .. } = &entries[0].value.value else { panic!("{printed}") };
            assert_eq!(back, text, "{printed}");
            assert!(!entries[0].value.is_null() || text.is_empty(), "{printed}");
        }
    }
}
