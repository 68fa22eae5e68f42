//! Prometheus's flags that are not names for one of ours.

/// A flag of Prometheus and what becomes of it here.
#[derive(Debug)]
pub struct Foreign {
    /// Its name.
    pub name: &'static str,
    /// Whether it takes no value.
    pub is_switch: bool,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a flag of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Accepted, and noted in the log with the reason why it changes nothing.
    Accepted(&'static str),
    /// Accepted with this value, which asks for what holds anyway; otherwise refused with the reason.
    Only(&'static str, &'static str),
    /// Refused with the reason.
    Refused(&'static str),
}

/// The declaration of a flag.
#[must_use]
pub fn find(name: &str) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|flag| flag.name == name)
}

/// All of them.
pub static FOREIGN: [Foreign; 43] = [
    switch("agent", Fate::Refused("meterbox has no agent mode; to keep little, set --retention-time")),
    switch("auto-gomaxprocs", Fate::Accepted(RUNTIME)),
    switch("auto-gomemlimit", Fate::Accepted(RUNTIME)),
    value("auto-gomemlimit.ratio", Fate::Accepted(RUNTIME)),
    value("config.auto-reload-interval", Fate::Accepted("reloading by itself is not supported yet")),
    value("web.config.file", Fate::Only("", "TLS and passwords are not supported yet; put a proxy in front")),
    value("web.read-timeout", Fate::Accepted("connections have fixed timeouts")),
    value("web.max-connections", Fate::Accepted("connections are bounded anyway")),
    value("web.max-notifications-subscribers", Fate::Accepted("there are no notifications yet")),
    value("web.local-assets", Fate::Accepted(PAGES)),
    value("web.user-assets", Fate::Accepted(PAGES)),
    value("web.console.templates", Fate::Accepted(PAGES)),
    value("web.console.libraries", Fate::Accepted(PAGES)),
    value("web.page-title", Fate::Accepted(PAGES)),
    value("web.cors.origin", Fate::Only(".*", "limiting origins is not supported yet; let a proxy do it")),
    switch("web.enable-otlp-receiver", Fate::Refused("OTLP is not supported yet; send remote write instead")),
    value(
        "web.remote-write-receiver.accepted-protobuf-messages",
        Fate::Accepted("the receiver takes what it understands"),
    ),
    switch("storage.tsdb.no-lockfile", Fate::Accepted(STORE)),
    switch("storage.tsdb.wal-compression", Fate::Accepted(STORE)),
    value("storage.tsdb.wal-compression-type", Fate::Accepted(STORE)),
    value("storage.tsdb.wal-segment-size", Fate::Accepted(STORE)),
    switch("storage.tsdb.allow-overlapping-blocks", Fate::Accepted(STORE)),
    value("storage.tsdb.min-block-duration", Fate::Accepted(STORE)),
    value("storage.tsdb.max-block-duration", Fate::Accepted(STORE)),
    value("storage.tsdb.max-block-chunk-segment-size", Fate::Accepted(STORE)),
    value("storage.tsdb.head-chunks-write-queue-size", Fate::Accepted(STORE)),
    value("storage.tsdb.samples-per-chunk", Fate::Accepted(STORE)),
    value("storage.tsdb.retention", Fate::Refused("Prometheus 3 took it away; write --storage.tsdb.retention.time")),
    value("storage.agent.path", Fate::Accepted(AGENT)),
    switch("storage.agent.wal-compression", Fate::Accepted(AGENT)),
    value("storage.agent.retention.min-time", Fate::Accepted(AGENT)),
    value("storage.agent.retention.max-time", Fate::Accepted(AGENT)),
    switch("storage.agent.no-lockfile", Fate::Accepted(AGENT)),
    value("storage.remote.flush-deadline", Fate::Accepted(REMOTE)),
    value("storage.remote.read-sample-limit", Fate::Accepted(REMOTE)),
    value("storage.remote.read-concurrent-limit", Fate::Accepted(REMOTE)),
    value("storage.remote.read-max-bytes-in-frame", Fate::Accepted(REMOTE)),
    value("rules.alert.for-outage-tolerance", Fate::Accepted(RULES)),
    value("rules.alert.for-grace-period", Fate::Accepted(RULES)),
    value("rules.alert.resend-delay", Fate::Accepted(RULES)),
    value("rules.max-concurrent-evals", Fate::Accepted(RULES)),
    value("alertmanager.notification-queue-capacity", Fate::Accepted(RULES)),
    value("alertmanager.notification-batch-size", Fate::Accepted(RULES)),
];

const RUNTIME: &str = "it tunes the Go runtime, which meterbox does not have";
const PAGES: &str = "meterbox brings its own pages";
const STORE: &str = "it tunes Prometheus's store; meterbox has its own";
const AGENT: &str = "meterbox has no agent mode";
const REMOTE: &str = "remote read and sending remote write are not supported yet";
const RULES: &str = "rules and alerts are not supported yet";

const fn switch(name: &'static str, fate: Fate) -> Foreign {
    Foreign { name, is_switch: true, fate }
}

const fn value(name: &'static str, fate: Fate) -> Foreign {
    Foreign { name, is_switch: false, fate }
}
