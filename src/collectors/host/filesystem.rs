//! Mounted file systems.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::fs::{StatVfs, statvfs};

use crate::model::MetricType;

use super::error::CollectError;
use super::files::HostPaths;
use super::page::Page;

/// Mounts that did not answer and have not come back yet.
#[derive(Clone, Debug, Default)]
pub(super) struct StuckMounts {
    mounts: Arc<Mutex<HashSet<PathBuf>>>,
}

/// `statvfs` of every mount in `/proc/1/mountinfo`, without pseudo file systems.
pub(super) fn filesystems(paths: &HostPaths, stuck: &StuckMounts, page: &mut Page<'_>) -> Result<(), CollectError> {
    // Process 1 sees the host's mounts even from within a container's view of the files.
    let text = paths.read_proc("1/mountinfo").or_else(|_| paths.read_proc("self/mountinfo"))?;
    let mut known = HashSet::new();
    let mut mounts: Vec<(Mount, Result<StatVfs, String>)> = Vec::new();
    for mount in text.lines().filter_map(Mount::parse) {
        let is_new = known.insert((mount.device.clone(), mount.mountpoint.clone(), mount.fstype.clone()));
        if is_new && !is_pseudo(&mount.fstype) && !is_passed_over(&mount.mountpoint) {
            let state = state_of(&paths.root, &mount, stuck);
            mounts.push((mount, state));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a file system of 2^53 bytes is not sold yet")]
    let families: [(&str, &str, Read); 6] = [
        ("node_filesystem_avail_bytes", "Bytes that others than root may use.", |s| (s.f_bavail * s.f_frsize) as f64),
        ("node_filesystem_files", "Files that fit.", |s| s.f_files as f64),
        ("node_filesystem_files_free", "Files that still fit.", |s| s.f_ffree as f64),
        ("node_filesystem_free_bytes", "Bytes that are free.", |s| (s.f_bfree * s.f_frsize) as f64),
        ("node_filesystem_size_bytes", "Size in bytes.", |s| (s.f_blocks * s.f_frsize) as f64),
        ("node_filesystem_readonly", "Whether it is mounted read-only.", |s| {
            f64::from(u8::from(s.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY)))
        }),
    ];
    for (name, help, value) in families {
        let mut family = page.family(name, MetricType::Gauge, help);
        for (mount, state) in &mounts {
            if let Ok(state) = state {
                family.sample(&mount.labels(""), value(state));
            }
        }
    }
    let mut family = page.family(
        "node_filesystem_device_error",
        MetricType::Gauge,
        "Whether the file system could not be asked for its state.",
    );
    for (mount, state) in &mounts {
        match state {
            Ok(_) => family.sample(&mount.labels(""), 0.0),
            Err(error) => family.sample(&mount.labels(error), 1.0),
        }
    }
    let mut family = page.family("node_filesystem_mount_info", MetricType::Gauge, "Numbers of the device of a mount.");
    for (mount, _) in &mounts {
        let (major, minor) = (mount.major.as_str(), mount.minor.as_str());
        let (device, mountpoint) = (mount.device.as_str(), mount.mountpoint.as_str());
        family.sample(&[("device", device), ("major", major), ("minor", minor), ("mountpoint", mountpoint)], 1.0);
    }
    Ok(())
}

/// Reads one value of a file system's state.
type Read = fn(&StatVfs) -> f64;

/// One line of mountinfo.
struct Mount {
    major: String,
    minor: String,
    mountpoint: String,
    fstype: String,
    device: String,
}

impl Mount {
    /// `36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw` (proc(5)).
    fn parse(line: &str) -> Option<Self> {
        let (front, back) = line.split_once(" - ")?;
        let mut front = front.split(' ').skip(2);
        let (major, minor) = front.next()?.split_once(':')?;
        let mountpoint = front.nth(1)?;
        let mut back = back.split(' ');
        Some(Self {
            major: major.to_owned(),
            minor: minor.to_owned(),
            mountpoint: unescape(mountpoint),
            fstype: back.next()?.to_owned(),
            device: unescape(back.next()?),
        })
    }

    fn labels<'a>(&'a self, error: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("device", self.device.as_str()),
            ("device_error", error),
            ("fstype", self.fstype.as_str()),
            ("mountpoint", self.mountpoint.as_str()),
        ]
    }
}

/// Asks a mount for its state. One that may hang is asked on a thread of its own, which is left alone when it does:
/// nothing can end a call that the kernel does not end.
fn state_of(root: &Path, mount: &Mount, stuck: &StuckMounts) -> Result<StatVfs, String> {
    let path = root.join(mount.mountpoint.trim_start_matches('/'));
    let ask = |path: &Path| statvfs(path).map_err(|error| error.to_string());
    if !may_hang(&mount.fstype) {
        return ask(&path);
    }
    if !stuck.mounts.lock().insert(path.clone()) {
        return Err(STUCK.to_owned());
    }
    let (answer, answered) = mpsc::channel();
    let (stuck, asked) = (stuck.clone(), path.clone());
    let thread = std::thread::Builder::new().name("statvfs".to_owned()).spawn(move || {
        let state = statvfs(&asked).map_err(|error| error.to_string());
        stuck.mounts.lock().remove(&asked);
        // Nobody waits any more when the answer took too long.
        let _ = answer.send(state);
    });
    match thread {
        Ok(_) => answered.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(STUCK.to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

/// Network file systems, and those that a program of the user serves.
fn may_hang(fstype: &str) -> bool {
    fstype.starts_with("nfs")
        || fstype.starts_with("fuse")
        || fstype.starts_with("smb")
        || matches!(fstype, "cifs" | "ceph" | "9p" | "afs" | "lustre" | "glusterfs" | "beegfs" | "gpfs" | "virtiofs")
}

/// File systems that hold no data, as node_exporter leaves them out.
fn is_pseudo(fstype: &str) -> bool {
    matches!(
        fstype,
        "autofs"
            | "binfmt_misc"
            | "bpf"
            | "cgroup"
            | "cgroup2"
            | "configfs"
            | "debugfs"
            | "devpts"
            | "devtmpfs"
            | "fusectl"
            | "hugetlbfs"
            | "iso9660"
            | "mqueue"
            | "nsfs"
            | "overlay"
            | "proc"
            | "procfs"
            | "pstore"
            | "rpc_pipefs"
            | "securityfs"
            | "selinuxfs"
            | "squashfs"
            | "erofs"
            | "sysfs"
            | "tracefs"
    )
}

/// Places that are the system's or a container's own.
fn is_passed_over(mountpoint: &str) -> bool {
    let whole =
        |place: &str| mountpoint.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let below = |place: &str| mountpoint.strip_prefix(place).is_some_and(|rest| !rest.is_empty());
    ["/dev", "/proc", "/sys"].into_iter().any(whole)
        || ["/run/credentials/", "/var/lib/docker/", "/var/lib/containers/storage/"].into_iter().any(below)
}

/// Resolves the octal escapes of mountinfo: blank, tab, newline and backslash.
fn unescape(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.into_iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

/// How long a mount may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The label of a mount that does not answer.
const STUCK: &str = "mountpoint timeout";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_mountinfo_is_read() {
        let mount =
            Mount::parse("36 35 98:0 /r /mnt/a\\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw").unwrap();
        assert_eq!(
            (mount.mountpoint.as_str(), mount.fstype.as_str(), mount.device.as_str()),
            ("/mnt/a b", "ext3", "/dev/root")
        );
        assert!(is_passed_over("/sys/fs/bpf") && is_passed_over("/dev") && is_passed_over("/var/lib/docker/x"));
        assert!(!is_passed_over("/device") && !is_passed_over("/var/lib/docker/") && !is_passed_over("/"));
    }
}
