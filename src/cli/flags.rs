//! Every flag of `serve`, declared once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::app::ServeOptions;
use crate::config::{format_size, parse_size};
use crate::model::{format_duration, parse_duration};
use crate::telemetry::{LogFormat, LogLevel};

use super::error::Fault;
use super::features;

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// The name, without the two hyphens. The environment variable is METERBOX_ and the name in capitals.
    pub name: &'static str,
    /// What the value is, for people; empty for a switch, which takes none.
    pub value: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The name that Prometheus has for it, accepted as well.
    pub prometheus: Option<&'static str>,
    /// The environment variable of GPUStack that means the same.
    pub gpustack: Option<Gpustack>,
    /// Whether it may be given several times; its environment variable then holds a list separated by commas.
    pub repeats: bool,
    /// Puts values, at least one, into the options.
    pub set: fn(&mut ServeOptions, &[String]) -> Result<(), Fault>,
    /// The value as it would be written.
    pub show: fn(&ServeOptions) -> String,
}

/// A variable of GPUStack and how its value is written for our flag.
#[derive(Debug)]
pub struct Gpustack {
    /// The variable.
    pub name: &'static str,
    /// From its value to our flag's.
    pub translate: fn(&str) -> String,
}

impl Flag {
    /// Whether it takes no value.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.value.is_empty()
    }

    /// The environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("METERBOX_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }
}

/// Every flag with its value, for `/api/v1/status/flags`: under Prometheus's name where Prometheus has the flag, sorted.
#[must_use]
pub fn shown(options: &ServeOptions) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> =
        FLAGS.iter().map(|flag| (flag.prometheus.unwrap_or(flag.name).to_owned(), (flag.show)(options))).collect();
    shown.sort();
    shown
}

/// All flags, in the order of the help.
pub static FLAGS: [Flag; 18] = [
    Flag {
        name: "config",
        value: "FILE",
        doc: "configuration, a prometheus.yml; without one meterbox watches itself and this host \
              (./meterbox.yml is read if it is there)",
        prometheus: Some("config.file"),
        set: |options, values| {
            options.config = Some(PathBuf::from(filled(values)?));
            Ok(())
        },
        show: |options| options.config_file().map(|path| path.display().to_string()).unwrap_or_default(),
        ..VALUE
    },
    Flag {
        name: "data-dir",
        value: "DIR",
        doc: "where everything is kept",
        prometheus: Some("storage.tsdb.path"),
        set: |options, values| {
            options.data_dir = PathBuf::from(filled(values)?);
            Ok(())
        },
        show: |options| options.data_dir.display().to_string(),
        ..VALUE
    },
    Flag {
        name: "listen",
        value: "ADDR:PORT",
        doc: "where to listen",
        prometheus: Some("web.listen-address"),
        gpustack: Some(Gpustack { name: "GPUSTACK_METRICS_PORT", translate: |port| format!("0.0.0.0:{port}") }),
        repeats: true,
        set: |options, values| {
            options.listen = values.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
            Ok(())
        },
        show: |options| join(options.listen.iter().map(ToString::to_string)),
    },
    Flag {
        name: "retention-time",
        value: "DURATION",
        doc: "how long samples are kept; 0 is for ever",
        prometheus: Some("storage.tsdb.retention.time"),
        set: |options, values| {
            options.retention_time = Some(duration(values)?).filter(|time| !time.is_zero());
            Ok(())
        },
        show: |options| show_duration(options.retention_time),
        ..VALUE
    },
    Flag {
        name: "retention-size",
        value: "SIZE",
        doc: "how large the store may grow before the oldest days go; 0 is any size",
        prometheus: Some("storage.tsdb.retention.size"),
        set: |options, values| {
            options.retention_size = Some(parse_size(one(values)).map_err(Fault::Size)?).filter(|size| *size > 0);
            Ok(())
        },
        show: |options| options.retention_size.map_or_else(|| "0".to_owned(), format_size),
        ..VALUE
    },
    Flag {
        name: "dashboards",
        value: "DIR",
        doc: "a folder with further dashboards, in Grafana's JSON",
        repeats: true,
        set: |options, values| {
            options.dashboards = values.iter().map(PathBuf::from).collect();
            Ok(())
        },
        show: |options| join(options.dashboards.iter().map(|path| path.display().to_string())),
        ..VALUE
    },
    Flag {
        name: "enable-remote-write-receiver",
        doc: "let others write samples to /api/v1/write",
        prometheus: Some("web.enable-remote-write-receiver"),
        set: |options, values| switch(values, &mut options.enable_remote_write_receiver),
        show: |options| options.enable_remote_write_receiver.to_string(),
        ..SWITCH
    },
    Flag {
        name: "enable-admin-api",
        doc: "let everybody delete series and take snapshots over HTTP",
        prometheus: Some("web.enable-admin-api"),
        set: |options, values| switch(values, &mut options.enable_admin_api),
        show: |options| options.enable_admin_api.to_string(),
        ..SWITCH
    },
    Flag {
        name: "enable-lifecycle",
        doc: "let everybody reload the configuration and stop meterbox over HTTP",
        prometheus: Some("web.enable-lifecycle"),
        set: |options, values| switch(values, &mut options.enable_lifecycle),
        show: |options| options.enable_lifecycle.to_string(),
        ..SWITCH
    },
    Flag {
        name: "lookback-delta",
        value: "DURATION",
        doc: "how old a sample may be to count as the current one in a query",
        prometheus: Some("query.lookback-delta"),
        set: |options, values| {
            options.lookback_delta = duration(values)?;
            if options.lookback_delta.is_zero() { Err(Fault::Zero) } else { Ok(()) }
        },
        show: |options| format_duration(options.lookback_delta),
        ..VALUE
    },
    Flag {
        name: "query-timeout",
        value: "DURATION",
        doc: "how long a query may take; 0 is any time",
        prometheus: Some("query.timeout"),
        set: |options, values| {
            options.query_timeout = Some(duration(values)?).filter(|time| !time.is_zero());
            Ok(())
        },
        show: |options| show_duration(options.query_timeout),
        ..VALUE
    },
    Flag {
        name: "query-max-samples",
        value: "NUMBER",
        doc: "how many samples a query may hold in memory; 0 is any number",
        prometheus: Some("query.max-samples"),
        set: |options, values| {
            options.query_max_samples = Some(number(values)?).filter(|number| *number > 0);
            Ok(())
        },
        show: |options| options.query_max_samples.unwrap_or(0).to_string(),
        ..VALUE
    },
    Flag {
        name: "query-max-concurrency",
        value: "NUMBER",
        doc: "how many queries run at once; 0 is any number",
        prometheus: Some("query.max-concurrency"),
        set: |options, values| {
            options.query_max_concurrency = Some(number(values)?).filter(|number| *number > 0);
            Ok(())
        },
        show: |options| options.query_max_concurrency.unwrap_or(0).to_string(),
        ..VALUE
    },
    Flag {
        name: "enable-feature",
        value: "LIST",
        doc: "features of Prometheus to switch on, separated by commas",
        prometheus: Some("enable-feature"),
        repeats: true,
        set: |options, values| {
            options.features = features::parse(values)?;
            Ok(())
        },
        show: |options| join(options.features.iter().cloned()),
        ..VALUE
    },
    Flag {
        name: "external-url",
        value: "URL",
        doc: "the URL under which people reach this box, where a proxy stands in front of it",
        prometheus: Some("web.external-url"),
        set: |options, values| {
            options.external_url = external_url(one(values))?;
            Ok(())
        },
        show: |options| options.external_url.clone().unwrap_or_default(),
        ..VALUE
    },
    Flag {
        name: "route-prefix",
        value: "PATH",
        doc: "where Prometheus's API and pages are expected; / and /prometheus are always served",
        prometheus: Some("web.route-prefix"),
        set: |options, values| {
            options.route_prefix = Some(prefix(one(values))?);
            Ok(())
        },
        show: |options| options.route_prefix.clone().unwrap_or_default(),
        ..VALUE
    },
    Flag {
        name: "log-level",
        value: "LEVEL",
        doc: "what is logged: trace, debug, info, warn or error",
        prometheus: Some("log.level"),
        set: |options, values| {
            options.log_level = LogLevel::ALL
                .into_iter()
                .find(|level| level.as_str() == one(values))
                .ok_or(Fault::Choice("trace, debug, info, warn or error"))?;
            Ok(())
        },
        show: |options| options.log_level.as_str().to_owned(),
        ..VALUE
    },
    Flag {
        name: "log-format",
        value: "FORMAT",
        doc: "how it is logged: text (logfmt is another name for it) or json",
        prometheus: Some("log.format"),
        set: |options, values| {
            options.log_format = match one(values) {
                "text" | "logfmt" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err(Fault::Choice("text or json")),
            };
            Ok(())
        },
        show: |options| match options.log_format {
            LogFormat::Text => "text".to_owned(),
            LogFormat::Json => "json".to_owned(),
        },
        ..VALUE
    },
];

/// What the flags above do not say.
const VALUE: Flag = Flag {
    name: "",
    value: "VALUE",
    doc: "",
    prometheus: None,
    gpustack: None,
    repeats: false,
    set: |_, _| Ok(()),
    show: |_| String::new(),
};

const SWITCH: Flag = Flag { value: "", ..VALUE };

fn one(values: &[String]) -> &str {
    values.last().map_or("", String::as_str)
}

fn filled(values: &[String]) -> Result<&str, Fault> {
    Some(one(values)).filter(|text| !text.is_empty()).ok_or(Fault::Empty)
}

fn switch(values: &[String], target: &mut bool) -> Result<(), Fault> {
    *target = match one(values).to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => true,
        "false" | "0" | "no" | "off" => false,
        _ => return Err(Fault::Choice("true or false")),
    };
    Ok(())
}

fn duration(values: &[String]) -> Result<Duration, Fault> {
    parse_duration(one(values)).map_err(Fault::Duration)
}

fn number(values: &[String]) -> Result<u64, Fault> {
    one(values).replace('_', "").parse().map_err(|_| Fault::Number)
}

/// `host:port` or `:port`, with an address, `localhost` or nothing as the host.
fn address(text: &str) -> Result<SocketAddr, Fault> {
    let (host, port) = text.rsplit_once(':').ok_or(Fault::Address)?;
    let port = port.parse().map_err(|_| Fault::Address)?;
    let host = match host {
        "" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        bracketed if bracketed.starts_with('[') && bracketed.ends_with(']') => {
            bracketed.trim_matches(['[', ']']).parse().map_err(|_| Fault::Address)?
        }
        plain => plain.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| Fault::Address)?,
    };
    Ok(SocketAddr::new(host, port))
}

/// A URL whose path is one that is served; `None` where the text is empty.
fn external_url(text: &str) -> Result<Option<String>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    // Prometheus takes a bare path as well.
    let path = if text.starts_with('/') {
        text.to_owned()
    } else {
        let url = reqwest::Url::parse(text).map_err(|_| Fault::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Fault::Url);
        }
        url.path().to_owned()
    };
    prefix(&path)?;
    Ok(Some(text.trim_end_matches('/').to_owned()).filter(|text| !text.is_empty()))
}

/// A path that is served.
fn prefix(text: &str) -> Result<String, Fault> {
    match text.trim_matches('/') {
        "" => Ok("/".to_owned()),
        "prometheus" => Ok("/prometheus".to_owned()),
        _ => Err(Fault::Prefix),
    }
}

fn show_duration(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "0".to_owned(), format_duration)
}

fn join(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}
