//! Reading a whole configuration.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Labels, format_duration};

use super::error::{ConfigError, Problem};
use super::expand::expand;
use super::job::{Config, FileSd, Global, HttpSd, Limits, Scheme, ScrapeJob, ScrapeProtocol, StaticGroup};
use super::keys;
use super::read::{At, Fields, Reader};
use super::read_client::http_client;
use super::relabel::{RelabelAction, RelabelRule, WrittenRule};
use super::yaml::{Node, Place, Value};

impl Config {
    /// Reads a file, with environment variables from this process.
    ///
    /// # Errors
    /// The file cannot be read, is not YAML, or says anything that is wrong or not supported; all of it is told.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            ConfigError::NotText { path: path.to_owned(), line }
        })?;
        Self::parse(&text, Some(path), &|name| std::env::var(name).ok())
    }

    /// Reads a text. Relative paths in it start from the folder of `path`, or from the current one.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let invalid = |mut problems: Vec<Problem>| {
            problems.sort_by_key(|problem| problem.place);
            ConfigError::Invalid { path: path.unwrap_or(Path::new("built-in configuration")).to_owned(), problems }
        };
        let root = Node::parse(text).map_err(|error| {
            let message = error.fault.to_string();
            invalid(vec![Problem { place: error.place, key: String::new(), message, mend: None }])
        })?;
        let mut reader = Reader::new(path.and_then(Path::parent).unwrap_or(Path::new("")));
        let top = reader.fields(&At { node: &root, key: String::new() }, &keys::TOP);
        let global = global(&mut reader, top.get("global"), env);
        let scrape = jobs(&mut reader, top.get("scrape_configs"), &global);
        if reader.problems.is_empty() {
            let (path, source_text, notes) = (path.map(Path::to_owned), text.into(), reader.notes);
            Ok(Self { path, source_text, global, scrape, notes })
        } else {
            Err(invalid(reader.problems))
        }
    }

    /// What holds where there is no file: one job that scrapes meterbox itself at `address`.
    ///
    /// # Errors
    /// None, unless `address` is no address.
    pub fn built_in(address: &str) -> Result<Self, ConfigError> {
        // An address has no quotes or control characters that YAML would see; JSON's quotes are YAML's.
        let address = serde_json::Value::from(address);
        let text = format!(
            "global:\n  scrape_interval: 5s\n  scrape_timeout: 5s\nscrape_configs:\n  - job_name: meterbox\n    \
             static_configs:\n      - targets: [{address}]\n"
        );
        Self::parse(&text, None, &|_| None)
    }
}

impl Default for Global {
    fn default() -> Self {
        Self {
            scrape_interval: Duration::from_secs(60),
            scrape_timeout: Duration::from_secs(10),
            evaluation_interval: Duration::from_secs(60),
            external_labels: Labels::empty(),
            scrape_protocols: ScrapeProtocol::ALL.to_vec(),
            limits: Limits::default(),
        }
    }
}

/// Reads the groups of a file of `file_sd_configs` that is written in YAML.
pub(crate) fn groups(text: &str) -> Result<Vec<StaticGroup>, Problem> {
    let root = Node::parse(text).map_err(|error| Problem {
        place: error.place,
        key: String::new(),
        message: error.fault.to_string(),
        mend: None,
    })?;
    let mut reader = Reader::new(Path::new(""));
    let list = (!root.is_null()).then(|| At { node: &root, key: String::new() });
    let groups = static_groups(&mut reader, list);
    match reader.problems.into_iter().next() {
        None => Ok(groups),
        Some(problem) => Err(problem),
    }
}

fn global(reader: &mut Reader, at: Option<At<'_>>, env: &dyn Fn(&str) -> Option<String>) -> Global {
    let default = Global::default();
    let Some(at) = at else { return default };
    let fields = reader.fields(&at, &keys::GLOBAL);
    let scrape_interval = interval(reader, &fields, "scrape_interval").unwrap_or(default.scrape_interval);
    let given = interval(reader, &fields, "scrape_timeout");
    if let (Some(timeout), Some(at)) = (given, fields.get("scrape_timeout")) {
        check_timeout(reader, &at, timeout, scrape_interval);
    }
    Global {
        scrape_interval,
        scrape_timeout: given.unwrap_or(default.scrape_timeout.min(scrape_interval)),
        evaluation_interval: interval(reader, &fields, "evaluation_interval").unwrap_or(default.evaluation_interval),
        external_labels: external_labels(reader, fields.get("external_labels"), env),
        scrape_protocols: protocols(reader, fields.get("scrape_protocols")).unwrap_or(default.scrape_protocols),
        limits: limits(reader, &fields, default.limits),
    }
}

fn external_labels(reader: &mut Reader, at: Option<At<'_>>, env: &dyn Fn(&str) -> Option<String>) -> Labels {
    let place = at.as_ref().map_or(Place::default(), |at| at.node.place);
    let written = reader.labels(at);
    Labels::from_pairs(written.iter().map(|(name, value)| {
        let (value, unset) = expand(value, env);
        for variable in unset {
            let line = place.line;
            reader
                .notes
                .push(format!("line {line}: external label {name}: the environment has no variable {variable}"));
        }
        (name, value)
    }))
}

fn jobs(reader: &mut Reader, at: Option<At<'_>>, global: &Global) -> Vec<Arc<ScrapeJob>> {
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut jobs = Vec::new();
    for at in reader.list(at) {
        let fields = reader.fields(&at, &keys::SCRAPE);
        let name_at = fields.get("job_name");
        if name_at.is_none() {
            reader.problem(
                fields.place,
                &fields.key("job_name"),
                "every job needs a name",
                Some("add 'job_name: ...'"),
            );
        }
        let name = reader.filled(name_at.clone()).unwrap_or_default();
        if let Some(name_at) = name_at {
            match names.get(&name) {
                Some(line) => {
                    let message = format!("a job named {name:?} stands in line {line} already");
                    reader.wrong(&name_at, message, Some("give each job a name of its own"));
                }
                None if !name.is_empty() => drop(names.insert(name.clone(), name_at.node.place.line)),
                None => {}
            }
        }
        jobs.push(Arc::new(job(reader, &fields, name, global)));
    }
    jobs
}

fn job(reader: &mut Reader, fields: &Fields<'_>, name: String, global: &Global) -> ScrapeJob {
    let scrape_interval = interval(reader, fields, "scrape_interval").unwrap_or(global.scrape_interval);
    let timeout = interval(reader, fields, "scrape_timeout");
    if let (Some(timeout), Some(at)) = (timeout, fields.get("scrape_timeout")) {
        check_timeout(reader, &at, timeout, scrape_interval);
    }
    let relabel = rules(reader, fields.get("relabel_configs"));
    let static_at = fields.get("static_configs");
    let static_groups = static_groups(reader, static_at.clone());
    if relabel.is_empty()
        && let Some(at) = &static_at
    {
        check_addresses(reader, at, &static_groups);
    }
    let mut params: Vec<(String, Vec<String>)> = reader
        .map(fields.get("params"))
        .into_iter()
        .map(|(entry, value)| (entry.key.clone(), reader.texts(Some(value)).unwrap_or_default()))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    params.sort();
    let boolean = |reader: &mut Reader, name, default| reader.boolean(fields.get(name)).unwrap_or(default);
    ScrapeJob {
        name,
        scrape_interval,
        scrape_timeout: timeout.unwrap_or(global.scrape_timeout.min(scrape_interval)),
        metrics_path: reader
            .text(fields.get("metrics_path"))
            .filter(|path| !path.is_empty())
            .unwrap_or_else(|| "/metrics".to_owned()),
        scheme: scheme(reader, fields.get("scheme")),
        params,
        honor_labels: boolean(reader, "honor_labels", false),
        honor_timestamps: boolean(reader, "honor_timestamps", true),
        track_timestamps_staleness: boolean(reader, "track_timestamps_staleness", false),
        enable_compression: boolean(reader, "enable_compression", true),
        scrape_protocols: protocols(reader, fields.get("scrape_protocols"))
            .unwrap_or_else(|| global.scrape_protocols.clone()),
        fallback_scrape_protocol: fallback(reader, fields.get("fallback_scrape_protocol")),
        limits: limits(reader, fields, global.limits),
        relabel,
        metric_relabel: rules(reader, fields.get("metric_relabel_configs")).into(),
        client: http_client(reader, fields),
        static_groups,
        file_sd: reader.list(fields.get("file_sd_configs")).iter().map(|at| file_sd(reader, at)).collect(),
        http_sd: reader.list(fields.get("http_sd_configs")).iter().map(|at| http_sd(reader, at)).collect(),
    }
}

fn scheme(reader: &mut Reader, at: Option<At<'_>>) -> Scheme {
    // An empty scheme is none, to Prometheus as well.
    let at = at.filter(|at| !matches!(&at.node.value, Value::Scalar { text, .. } if text.is_empty()));
    reader.choice(at, &[("http", Scheme::Http), ("https", Scheme::Https)]).unwrap_or(Scheme::Http)
}

/// A duration of which zero means that none is given.
fn interval(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Duration> {
    reader.duration(fields.get(name)).filter(|duration| !duration.is_zero())
}

fn check_timeout(reader: &mut Reader, at: &At<'_>, timeout: Duration, interval: Duration) {
    if timeout > interval {
        let message = format!(
            "a scrape may take {}, longer than the interval of {}",
            format_duration(timeout),
            format_duration(interval)
        );
        reader.wrong(at, message, Some("make it at most the scrape_interval"));
    }
}

fn limits(reader: &mut Reader, fields: &Fields<'_>, default: Limits) -> Limits {
    // Zero is "no limit", and absent is what the global section says.
    let or = |given: Option<u64>, default| given.map_or(default, |limit| (limit > 0).then_some(limit));
    Limits {
        body_size: or(reader.size(fields.get("body_size_limit")), default.body_size),
        samples: or(reader.number(fields.get("sample_limit")), default.samples),
        targets: or(reader.number(fields.get("target_limit")), default.targets),
        labels: or(reader.number(fields.get("label_limit")), default.labels),
        label_name_length: or(reader.number(fields.get("label_name_length_limit")), default.label_name_length),
        label_value_length: or(reader.number(fields.get("label_value_length_limit")), default.label_value_length),
        keep_dropped_targets: or(reader.number(fields.get("keep_dropped_targets")), default.keep_dropped_targets),
    }
}

/// The names of formats, with the one that is known but not spoken.
fn protocol_names() -> Vec<(&'static str, Option<ScrapeProtocol>)> {
    let mut names: Vec<_> = ScrapeProtocol::ALL.iter().map(|protocol| (protocol.as_str(), Some(*protocol))).collect();
    names.push(("PrometheusProto", None));
    names
}

fn protocols(reader: &mut Reader, at: Option<At<'_>>) -> Option<Vec<ScrapeProtocol>> {
    let at = at?;
    let mut found: Vec<Option<ScrapeProtocol>> = Vec::new();
    let items = reader.list(Some(at.clone()));
    if matches!(&at.node.value, Value::List(items) if items.is_empty()) {
        reader.wrong(&at, "names no format", Some("list one, or take the key out"));
    }
    for item in items {
        let Some(protocol) = reader.choice(Some(item.clone()), &protocol_names()) else { continue };
        if found.contains(&protocol) {
            reader.wrong(&item, "this format stands in the list twice", Some("take one of them out"));
        }
        found.push(protocol);
    }
    let spoken: Vec<ScrapeProtocol> = found.iter().copied().flatten().collect();
    if spoken.is_empty() && !found.is_empty() {
        reader.wrong(
            &at,
            "PrometheusProto is not supported yet",
            Some("add a text format, such as PrometheusText0.0.4"),
        );
    } else if spoken.len() < found.len() {
        let line = at.node.place.line;
        reader.notes.push(format!("line {line}: {}: PrometheusProto is not supported yet and not asked for", at.key));
    }
    (!spoken.is_empty()).then_some(spoken)
}

fn fallback(reader: &mut Reader, at: Option<At<'_>>) -> Option<ScrapeProtocol> {
    let protocol = reader.choice(at.clone(), &protocol_names())?;
    if let (None, Some(at)) = (protocol, at) {
        reader.wrong(&at, "PrometheusProto is not supported yet", Some("name a text format"));
    }
    protocol
}

fn static_groups(reader: &mut Reader, at: Option<At<'_>>) -> Vec<StaticGroup> {
    let mut groups = Vec::new();
    for item in reader.list(at) {
        let fields = reader.fields(&item, &keys::STATIC);
        let targets = reader.texts(fields.get("targets")).unwrap_or_default();
        groups.push(StaticGroup { targets, labels: reader.labels(fields.get("labels")) });
    }
    groups
}

/// Where no relabelling could still make addresses of them, targets have to be addresses.
fn check_addresses(reader: &mut Reader, at: &At<'_>, groups: &[StaticGroup]) {
    for (item, group) in reader.list(Some(at.clone())).iter().zip(groups) {
        for (index, target) in group.targets.iter().enumerate() {
            if target.contains('/') {
                let key = format!("{}.targets[{index}]", item.key);
                let message = format!("{target:?} is not an address");
                let mend = "write host:port only; scheme and metrics_path are keys of the job";
                reader.problem(item.node.place, &key, message, Some(mend));
            }
        }
    }
}

fn file_sd(reader: &mut Reader, at: &At<'_>) -> FileSd {
    let fields = reader.fields(at, &keys::FILE_SD);
    let items = reader.list(fields.get("files"));
    if items.is_empty() {
        reader.problem(fields.place, &fields.key("files"), "names no file", Some("list at least one path"));
    }
    let mut files = Vec::new();
    for item in items {
        let Some(text) = reader.text(Some(item.clone())) else { continue };
        if is_target_file(&text) {
            files.extend(reader.path(Some(item)));
        } else {
            let mend = "the path has to end in .yml, .yaml or .json, and may hold one '*' in its last part";
            reader.wrong(&item, format!("{text:?} cannot name target files"), Some(mend));
        }
    }
    FileSd { files, refresh_interval: refresh_interval(reader, &fields, Duration::from_secs(300)) }
}

/// Whether a path can name target files: the right ending, and at most one star, in the last part.
fn is_target_file(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = matches!(ending, "json" | "yml" | "yaml" | "JSON" | "YML" | "YAML");
    let star_is_last = path.split_once('*').is_none_or(|(_, after)| !after.contains(['*', '/']));
    known && star_is_last
}

fn http_sd(reader: &mut Reader, at: &At<'_>) -> HttpSd {
    let fields = reader.fields(at, &keys::HTTP_SD);
    let url_at = fields.get("url");
    let url = reader.text(url_at.clone()).unwrap_or_default();
    match url_at {
        None => reader.problem(fields.place, &fields.key("url"), "there is no URL", Some("add 'url: http://...'")),
        Some(at) => match reqwest::Url::parse(&url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {}
            _ => reader.wrong(&at, format!("{url:?} is not a URL"), Some("write http://host:port/path or https://...")),
        },
    }
    HttpSd {
        url,
        refresh_interval: refresh_interval(reader, &fields, Duration::from_secs(60)),
        client: http_client(reader, &fields),
    }
}

fn refresh_interval(reader: &mut Reader, fields: &Fields<'_>, default: Duration) -> Duration {
    let at = fields.get("refresh_interval");
    let interval = reader.duration(at.clone()).unwrap_or(default);
    match at {
        Some(at) if interval.is_zero() => {
            reader.wrong(&at, "the interval must be longer than 0", None);
            default
        }
        _ => interval,
    }
}

fn rules(reader: &mut Reader, at: Option<At<'_>>) -> Vec<RelabelRule> {
    let items = reader.list(at);
    items.iter().filter_map(|item| rule(reader, item)).collect()
}

fn rule(reader: &mut Reader, at: &At<'_>) -> Option<RelabelRule> {
    if at.node.is_null() {
        reader.wrong(at, "an empty relabelling rule", Some("take the '-' out, or fill it in"));
        return None;
    }
    let fields = reader.fields(at, &keys::RELABEL);
    let before = reader.problems.len();
    if let Some(node) = fields.hollow("action") {
        reader.problem(node.place, &fields.key("action"), "names no action", Some("write one, or take the key out"));
    }
    for label in reader.list(fields.get("source_labels")) {
        reader.filled(Some(label));
    }
    let written = WrittenRule {
        action: action(reader, fields.get("action")),
        source_labels: reader.texts(fields.get("source_labels")),
        separator: reader.text(fields.get("separator")),
        regex: reader.text(fields.get("regex")),
        modulus: reader.number(fields.get("modulus")),
        target_label: reader.text(fields.get("target_label")),
        replacement: reader.text(fields.get("replacement")),
    };
    if reader.problems.len() > before {
        return None;
    }
    match RelabelRule::new(written) {
        Ok(rule) => Some(rule),
        Err(error) => {
            let place = fields.get(error.field()).map_or(fields.place, |at| at.node.place);
            reader.problem(place, &fields.key(error.field()), error.to_string(), None);
            None
        }
    }
}

fn action(reader: &mut Reader, at: Option<At<'_>>) -> RelabelAction {
    let Some(at) = at else { return RelabelAction::default() };
    let Some(text) = reader.text(Some(at.clone())) else { return RelabelAction::default() };
    RelabelAction::parse(&text).unwrap_or_else(|| {
        let names = RelabelAction::ALL.map(|action| (action.as_str(), action));
        reader.choice(Some(at), &names).unwrap_or_default()
    })
}
