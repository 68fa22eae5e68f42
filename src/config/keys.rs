//! Every key of a configuration, declared once.
//!
//! The reader takes nothing that is not listed here, the search for the nearest key of a typo looks here, and
//! docs/configuration.md prints these tables. Keys of Prometheus that meterbox does not do yet are listed too, so that they
//! are refused by name instead of as a typo.

use super::suggest;

/// A mapping of the configuration and its keys.
#[derive(Debug)]
pub struct Section {
    /// What the documentation and messages call it.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The keys of its own, in the order of the documentation.
    pub keys: &'static [Key],
    /// Sections whose keys may stand here as well.
    pub includes: &'static [&'static Section],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// The type of its value, for people.
    pub kind: &'static str,
    /// What holds where it is left out; empty where that is nothing.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whether meterbox does it.
    pub state: State,
}

/// Whether meterbox does what a key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Supported,
    /// Prometheus does, meterbox not yet. Refused, except where the value asks for nothing: empty, or the default.
    NotYet,
    /// It has no meaning here. Accepted, and noted in the log.
    Moot,
    /// Prometheus 3 does not know it any more either; the doc says what took its place.
    Removed,
}

impl Section {
    /// The declaration of a key, of this section or an included one.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }

    /// All keys, included ones last.
    pub fn all(&self) -> impl Iterator<Item = &'static Key> + use<> {
        let included = self.includes.iter().flat_map(|section| section.keys.iter());
        self.keys.iter().chain(included)
    }

    /// What to do about a key that is not declared.
    #[must_use]
    pub fn mend(&self, unknown: &str) -> Option<String> {
        if let Some(near) = suggest::nearest(unknown, self.all().map(|key| key.name)) {
            return Some(format!("did you mean '{near}'?"));
        }
        let homes: Vec<&str> =
            SECTIONS.iter().filter(|section| section.key(unknown).is_some()).map(|section| section.name).collect();
        (!homes.is_empty()).then(|| format!("it is a key of {}: check the indentation", homes.join(", ")))
    }
}

const fn key(name: &'static str, kind: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default, doc, state: State::Supported }
}

const fn later(name: &'static str, kind: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default, doc, state: State::NotYet }
}

/// A way of discovery that meterbox does not know.
const fn elsewhere(name: &'static str) -> Key {
    later(name, "list", "", "another way of discovery; file_sd_configs and http_sd_configs take any list of targets")
}

/// The file itself.
pub static TOP: Section = Section {
    name: "the top level",
    doc: "The file is one mapping with these keys.",
    keys: &[
        key("global", "mapping", "", "what holds for all jobs"),
        key("scrape_configs", "list of mappings", "", "the jobs: whom to scrape, how, how often"),
        later("scrape_config_files", "list of globs", "", "further files with scrape_configs"),
        later("rule_files", "list of globs", "", "files with recording and alerting rules"),
        later("alerting", "mapping", "", "Alertmanagers to send alerts to"),
        later("remote_write", "list of mappings", "", "servers to forward samples to"),
        later("remote_read", "list of mappings", "", "servers to read samples from"),
        later("storage", "mapping", "", "out-of-order window, exemplars, retention; see the flags for retention"),
        later("tracing", "mapping", "", "where to send traces"),
        later("otlp", "mapping", "", "how OpenTelemetry metrics become series"),
        Key {
            name: "runtime",
            kind: "mapping",
            default: "",
            doc: "tuning of the Go runtime, which meterbox does not have",
            state: State::Moot,
        },
    ],
    includes: &[],
};

/// `global`
pub static GLOBAL: Section = Section {
    name: "global",
    doc: "What holds for all jobs unless a job says otherwise.",
    keys: &[
        key("scrape_interval", "duration", "1m", "how often to scrape"),
        key("scrape_timeout", "duration", "10s", "how long a scrape may take; never more than the interval"),
        key("scrape_protocols", "list of names", "all that are supported", "formats to ask for, the best first"),
        key("evaluation_interval", "duration", "1m", "how often rules are evaluated"),
        key(
            "external_labels",
            "mapping",
            "",
            "labels for what leaves this box; `${NAME}` is the environment variable NAME",
        ),
        key("body_size_limit", "size", "0", "largest page in bytes after decompression; 0 is none"),
        key("sample_limit", "number", "0", "most samples of a scrape; 0 is none"),
        key("target_limit", "number", "0", "most targets of a job; 0 is none"),
        key("label_limit", "number", "0", "most labels of a sample; 0 is none"),
        key("label_name_length_limit", "number", "0", "longest label name in bytes; 0 is none"),
        key("label_value_length_limit", "number", "0", "longest label value in bytes; 0 is none"),
        key("keep_dropped_targets", "number", "0", "dropped targets to remember for each job; 0 is all"),
        later("rule_query_offset", "duration", "0s", "how far rules look into the past"),
        later("query_log_file", "path", "", "a log of all queries"),
        later("scrape_failure_log_file", "path", "", "a log of failed scrapes"),
        later("metric_name_validation_scheme", "`utf8` or `legacy`", "utf8", "which metric names are taken"),
        later("metric_name_escaping_scheme", "name", "allow-utf-8", "how a target should escape names"),
        later("scrape_native_histograms", "boolean", "false", "native histograms"),
        later("convert_classic_histograms_to_nhcb", "boolean", "false", "native histograms"),
        later("always_scrape_classic_histograms", "boolean", "false", "classic histograms beside native ones"),
        later("extra_scrape_metrics", "boolean", "false", "three more series about each scrape"),
    ],
    includes: &[],
};

/// An entry of `scrape_configs`
pub static SCRAPE: Section = Section {
    name: "scrape_configs",
    doc: "One job: targets that are scraped alike. `job_name` is required.",
    keys: &[
        key("job_name", "text", "", "the job's name; no two jobs share one"),
        key("scrape_interval", "duration", "as `global`", "how often to scrape"),
        key("scrape_timeout", "duration", "as `global`, at most the interval", "how long a scrape may take"),
        key("scrape_protocols", "list of names", "as `global`", "formats to ask for, the best first"),
        key("fallback_scrape_protocol", "name", "", "the format of a page without a usable Content-Type"),
        key("metrics_path", "path", "/metrics", "the path to ask for"),
        key("scheme", "`http` or `https`", "http", "the scheme to ask with"),
        key("params", "mapping of lists", "", "URL parameters"),
        key("honor_labels", "boolean", "false", "labels of the page win over those of the target"),
        key("honor_timestamps", "boolean", "true", "timestamps of the page count"),
        key(
            "track_timestamps_staleness",
            "boolean",
            "false",
            "series with timestamps of their own get stale markers too",
        ),
        key("enable_compression", "boolean", "true", "ask for a compressed page"),
        key("static_configs", "list of mappings", "", "targets named right here"),
        key("file_sd_configs", "list of mappings", "", "targets listed in other files"),
        key("http_sd_configs", "list of mappings", "", "targets listed by an HTTP service"),
        key("relabel_configs", "list of mappings", "", "rules for targets, before they are scraped"),
        key("metric_relabel_configs", "list of mappings", "", "rules for samples, before they are stored"),
        key("body_size_limit", "size", "as `global`", "largest page in bytes after decompression"),
        key("sample_limit", "number", "as `global`", "most samples of a scrape"),
        key("target_limit", "number", "as `global`", "most targets of the job"),
        key("label_limit", "number", "as `global`", "most labels of a sample"),
        key("label_name_length_limit", "number", "as `global`", "longest label name in bytes"),
        key("label_value_length_limit", "number", "as `global`", "longest label value in bytes"),
        key("keep_dropped_targets", "number", "as `global`", "dropped targets to remember"),
        later("scrape_failure_log_file", "path", "", "a log of failed scrapes"),
        later("metric_name_validation_scheme", "`utf8` or `legacy`", "utf8", "which metric names are taken"),
        later("metric_name_escaping_scheme", "name", "allow-utf-8", "how a target should escape names"),
        later("scrape_native_histograms", "boolean", "false", "native histograms"),
        later("convert_classic_histograms_to_nhcb", "boolean", "false", "native histograms"),
        later("always_scrape_classic_histograms", "boolean", "false", "classic histograms beside native ones"),
        later("native_histogram_bucket_limit", "number", "0", "native histograms"),
        later("native_histogram_min_bucket_factor", "number", "0", "native histograms"),
        later("extra_scrape_metrics", "boolean", "false", "three more series about each scrape"),
        Key {
            name: "scrape_classic_histograms",
            kind: "boolean",
            default: "",
            doc: "renamed to always_scrape_classic_histograms",
            state: State::Removed,
        },
        later("dns_sd_configs", "list", "", "targets from DNS records"),
        elsewhere("aws_sd_configs"),
        elsewhere("azure_sd_configs"),
        elsewhere("consul_sd_configs"),
        elsewhere("digitalocean_sd_configs"),
        elsewhere("docker_sd_configs"),
        elsewhere("dockerswarm_sd_configs"),
        elsewhere("ec2_sd_configs"),
        elsewhere("eureka_sd_configs"),
        elsewhere("gce_sd_configs"),
        elsewhere("hetzner_sd_configs"),
        elsewhere("ionos_sd_configs"),
        elsewhere("kubernetes_sd_configs"),
        elsewhere("kuma_sd_configs"),
        elsewhere("lightsail_sd_configs"),
        elsewhere("linode_sd_configs"),
        elsewhere("marathon_sd_configs"),
        elsewhere("nerve_sd_configs"),
        elsewhere("nomad_sd_configs"),
        elsewhere("openstack_sd_configs"),
        elsewhere("outscale_sd_configs"),
        elsewhere("ovhcloud_sd_configs"),
        elsewhere("puppetdb_sd_configs"),
        elsewhere("scaleway_sd_configs"),
        elsewhere("serverset_sd_configs"),
        elsewhere("stackit_sd_configs"),
        elsewhere("triton_sd_configs"),
        elsewhere("uyuni_sd_configs"),
        elsewhere("vultr_sd_configs"),
    ],
    includes: &[&HTTP_CLIENT],
};

/// The keys that scrape_configs and http_sd_configs share
pub static HTTP_CLIENT: Section = Section {
    name: "HTTP client",
    doc: "How to speak to targets or to a discovery service; the keys stand directly in `scrape_configs` and \
          `http_sd_configs`. At most one of `basic_auth`, `authorization` and `bearer_token` is given. Files are \
          relative to the configuration's folder.",
    keys: &[
        key("basic_auth", "mapping", "", "user name and password"),
        key("authorization", "mapping", "", "another Authorization header"),
        key("bearer_token", "text", "", "short for `authorization` with `credentials`"),
        key("bearer_token_file", "path", "", "short for `authorization` with `credentials_file`"),
        key("tls_config", "mapping", "", "whom to trust, our own certificate"),
        key("follow_redirects", "boolean", "true", "follow redirects"),
        key("enable_http2", "boolean", "true", "speak HTTP/2 over TLS"),
        key("proxy_url", "URL", "", "the proxy to go through"),
        key("no_proxy", "text", "", "hosts to reach without the proxy, separated by commas"),
        key("http_headers", "mapping", "", "further headers: for each name `values`, `secrets` or `files`"),
        later("proxy_from_environment", "boolean", "false", "take the proxy from the environment"),
        later("proxy_connect_header", "mapping", "", "headers for the proxy"),
        later("oauth2", "mapping", "", "tokens by OAuth 2.0"),
    ],
    includes: &[],
};

/// `basic_auth`
pub static BASIC_AUTH: Section = Section {
    name: "basic_auth",
    doc: "User name and password. Files are read again for every request.",
    keys: &[
        key("username", "text", "", "the name"),
        key("username_file", "path", "", "or the file that holds it"),
        key("password", "text", "", "the password"),
        key("password_file", "path", "", "or the file that holds it"),
        later("username_ref", "text", "", "secrets from elsewhere"),
        later("password_ref", "text", "", "secrets from elsewhere"),
    ],
    includes: &[],
};

/// `authorization`
pub static AUTHORIZATION: Section = Section {
    name: "authorization",
    doc: "An Authorization header of any scheme but Basic.",
    keys: &[
        key("type", "text", "Bearer", "the scheme"),
        key("credentials", "text", "", "the token"),
        key("credentials_file", "path", "", "or the file that holds it, read again for every request"),
        later("credentials_ref", "text", "", "secrets from elsewhere"),
    ],
    includes: &[],
};

/// `tls_config`
pub static TLS: Section = Section {
    name: "tls_config",
    doc: "The TLS side of a client. Without a CA the system's certificates and a built-in list are trusted. Files are read when the configuration is.",
    keys: &[
        key("ca", "PEM", "", "certificates to trust"),
        key("ca_file", "path", "", "or the file that holds them"),
        key("cert", "PEM", "", "our certificate"),
        key("cert_file", "path", "", "or the file that holds it"),
        key("key", "PEM", "", "our key"),
        key("key_file", "path", "", "or the file that holds it"),
        key("insecure_skip_verify", "boolean", "false", "accept any certificate"),
        key("min_version", "`TLS12` or `TLS13`", "TLS12", "the oldest version to speak"),
        key("max_version", "`TLS12` or `TLS13`", "TLS13", "the newest version to speak"),
        later("server_name", "text", "", "the name that the certificate must carry"),
        later("ca_ref", "text", "", "secrets from elsewhere"),
        later("cert_ref", "text", "", "secrets from elsewhere"),
        later("key_ref", "text", "", "secrets from elsewhere"),
    ],
    includes: &[],
};

/// An entry of `http_headers`
pub static HEADER: Section = Section {
    name: "http_headers",
    doc: "The values of one header.",
    keys: &[
        key("values", "list of texts", "", "values"),
        key("secrets", "list of texts", "", "values that are never shown"),
        key("files", "list of paths", "", "files that hold values"),
    ],
    includes: &[],
};

/// An entry of `static_configs`
pub static STATIC: Section = Section {
    name: "static_configs",
    doc: "Targets and the labels they share. Files of `file_sd_configs` and answers of `http_sd_configs` are lists of \
          these.",
    keys: &[
        key("targets", "list of texts", "", "addresses: `host:port`, or `host` for the scheme's usual port"),
        key("labels", "mapping", "", "labels of all of them"),
    ],
    includes: &[],
};

/// An entry of `file_sd_configs`
pub static FILE_SD: Section = Section {
    name: "file_sd_configs",
    doc: "Files that list targets, YAML or JSON. They are read again when they change; a broken one leaves its last good \
          targets in place.",
    keys: &[
        key("files", "list of paths", "", "paths ending in .yml, .yaml or .json; the last part may hold a `*`"),
        key("refresh_interval", "duration", "5m", "how often to read them even if nothing seems to have changed"),
    ],
    includes: &[],
};

/// An entry of `http_sd_configs`
pub static HTTP_SD: Section = Section {
    name: "http_sd_configs",
    doc: "A service that lists targets as JSON. While it fails, its last good targets stay in place.",
    keys: &[
        key("url", "URL", "", "where to ask; required"),
        key("refresh_interval", "duration", "1m", "how often to ask"),
    ],
    includes: &[&HTTP_CLIENT],
};

/// An entry of `relabel_configs` or `metric_relabel_configs`
pub static RELABEL: Section = Section {
    name: "relabel_configs",
    doc: "One step of relabelling; `metric_relabel_configs` has the same keys. Patterns are RE2 and match the whole value.",
    keys: &[
        key("source_labels", "list of names", "", "labels whose values, joined, are the source"),
        key("separator", "text", ";", "what joins them"),
        key("regex", "pattern", "(.*)", "what the source has to match"),
        key("modulus", "number", "0", "the divisor of `hashmod`"),
        key("target_label", "name", "", "the label to set or compare"),
        key("replacement", "template", "$1", "the new value; `$1` or `${name}` is a group of the pattern"),
        key(
            "action",
            "name",
            "replace",
            "replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase",
        ),
    ],
    includes: &[],
};

/// All sections, in the order of the documentation.
pub static SECTIONS: [&Section; 12] = [
    &TOP,
    &GLOBAL,
    &SCRAPE,
    &STATIC,
    &FILE_SD,
    &HTTP_SD,
    &RELABEL,
    &HTTP_CLIENT,
    &BASIC_AUTH,
    &AUTHORIZATION,
    &TLS,
    &HEADER,
];
