//! The system as a whole.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, number, numbers, read};
use super::page::Page;

/// `uname`
pub(super) fn uname(page: &mut Page<'_>) -> Result<(), CollectError> {
    let uname = rustix::system::uname();
    let text = |field: &std::ffi::CStr| field.to_string_lossy().into_owned();
    page.family("node_uname_info", MetricType::Gauge, "What the kernel says about itself.").sample(
        &[
            ("domainname", &text(uname.domainname())),
            ("machine", &text(uname.machine())),
            ("nodename", &text(uname.nodename())),
            ("release", &text(uname.release())),
            ("sysname", &text(uname.sysname())),
            ("version", &text(uname.version())),
        ],
        1.0,
    );
    Ok(())
}

/// `/etc/os-release`
pub(super) fn os(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = read(&paths.root.join("etc/os-release")).or_else(|_| read(&paths.root.join("usr/lib/os-release")))?;
    let fields: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim().trim_matches(['"', '\''])))
        .collect();
    let field = |key: &str| fields.get(key).copied().unwrap_or("");
    page.family("node_os_info", MetricType::Gauge, "What the distribution says about itself.").sample(
        &[
            ("build_id", field("BUILD_ID")),
            ("id", field("ID")),
            ("id_like", field("ID_LIKE")),
            ("image_id", field("IMAGE_ID")),
            ("image_version", field("IMAGE_VERSION")),
            ("name", field("NAME")),
            ("pretty_name", field("PRETTY_NAME")),
            ("variant", field("VARIANT")),
            ("variant_id", field("VARIANT_ID")),
            ("version", field("VERSION")),
            ("version_codename", field("VERSION_CODENAME")),
            ("version_id", field("VERSION_ID")),
        ],
        1.0,
    );
    // 22.04.5 counts as 22.04.
    let numeric: Vec<&str> = field("VERSION_ID").split('.').take(2).collect();
    if let Ok(version) = numeric.join(".").parse() {
        let labels = [("id", field("ID")), ("id_like", field("ID_LIKE")), ("name", field("NAME"))];
        page.family("node_os_version", MetricType::Gauge, "Version of the distribution.").sample(&labels, version);
    }
    Ok(())
}

/// The clock.
pub(super) fn time(page: &mut Page<'_>) -> Result<(), CollectError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| CollectError::Call { call: "clock_gettime" })?;
    page.gauge("node_time_seconds", "The host's time in seconds since the epoch.", now.as_secs_f64());
    Ok(())
}

/// `/proc/sys/fs/file-nr`
pub(super) fn file_handles(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("sys/fs/file-nr")?;
    let [allocated, _, maximum] = numbers(&text)[..] else { return Err(paths.strange("sys/fs/file-nr")) };
    page.gauge("node_filefd_allocated", "Open files of the whole host.", allocated);
    page.gauge("node_filefd_maximum", "Open files that the host allows.", maximum);
    Ok(())
}

/// `/proc/sys/kernel`: random bits, and tasks that hung.
pub(super) fn entropy(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.proc.join("sys/kernel");
    let files = [
        ("random/entropy_avail", "node_entropy_available_bits", "Bits of entropy."),
        ("random/poolsize", "node_entropy_pool_size_bits", "Bits of entropy that the pool holds."),
    ];
    for (file, name, help) in files {
        let path = folder.join(file);
        let value = number(&path).ok_or(CollectError::Strange { path })?;
        page.gauge(name, help, value);
    }
    if let Some(tasks) = number(&folder.join("hung_task_detect_count")) {
        page.counter("node_kernel_hung_tasks_total", "Tasks that hung since boot.", tasks);
    }
    Ok(())
}
