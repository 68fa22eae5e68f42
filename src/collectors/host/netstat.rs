//! Protocols: what they counted, and their sockets.

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, number};
use super::page::Page;

/// `/proc/net/{netstat,snmp,snmp6}`: the fields that node_exporter shows.
pub(super) fn netstat(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let mut fields = Vec::new();
    for file in ["net/netstat", "net/snmp"] {
        let text = paths.read_proc(file)?;
        let mut lines = text.lines();
        // Two lines a protocol: names, then values.
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let Some((protocol, names)) = names.split_once(':') else { continue };
            let Some((_, values)) = values.split_once(':') else { continue };
            for (name, value) in names.split_ascii_whitespace().zip(values.split_ascii_whitespace()) {
                fields.push((protocol.to_owned(), name.to_owned(), value.to_owned()));
            }
        }
    }
    // A kernel without IPv6 has no such file.
    let text = paths.read_proc("net/snmp6").unwrap_or_default();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
        if let Some((protocol, field)) = name.find('6').and_then(|six| name.split_at_checked(six + 1)) {
            fields.push((protocol.to_owned(), field.to_owned(), value.to_owned()));
        }
    }
    fields.retain(|(protocol, name, _)| is_shown(protocol, name));
    fields.sort();
    for (protocol, field, value) in &fields {
        if let Ok(value) = value.parse() {
            let name = format!("node_netstat_{protocol}_{field}");
            let help = format!("Statistic {protocol}{field}.");
            page.family(&name, MetricType::Unknown, &help).sample(&[], value);
        }
    }
    Ok(())
}

/// `/proc/net/sockstat` and `/proc/net/sockstat6`
pub(super) fn sockstat(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("net/sockstat")?;
    let six = paths.read_proc("net/sockstat6").unwrap_or_default();
    for line in text.lines().chain(six.lines()) {
        let Some((protocol, rest)) = line.split_once(':') else { continue };
        let mut words = rest.split_ascii_whitespace();
        while let (Some(field), Some(value)) = (words.next(), words.next()) {
            let Ok(value) = value.parse::<f64>() else { continue };
            let name = format!("node_sockstat_{protocol}_{field}");
            page.gauge(&name, &format!("Sockets of {protocol}: {field}."), value);
            if field == "mem" && matches!(protocol, "TCP" | "UDP") {
                #[expect(clippy::cast_precision_loss, reason = "a page has few bytes")]
                let bytes = value * rustix::param::page_size() as f64;
                page.gauge(&format!("{name}_bytes"), &format!("Bytes of memory in sockets of {protocol}."), bytes);
            }
        }
    }
    Ok(())
}

/// `/proc/sys/net/netfilter`
pub(super) fn conntrack(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.proc.join("sys/net/netfilter");
    let files = [
        ("nf_conntrack_count", "node_nf_conntrack_entries", "Connections that are tracked."),
        ("nf_conntrack_max", "node_nf_conntrack_entries_limit", "Connections that can be tracked."),
    ];
    for (file, name, help) in files {
        let path = folder.join(file);
        let value = number(&path).ok_or(CollectError::Strange { path })?;
        page.gauge(name, help, value);
    }
    Ok(())
}

/// The fields that node_exporter shows by default.
fn is_shown(protocol: &str, field: &str) -> bool {
    if matches!(field, "InErrors" | "InErrs") {
        return true;
    }
    match protocol {
        "Ip" => field == "Forwarding",
        "Ip6" | "IpExt" => matches!(field, "InOctets" | "OutOctets"),
        "Icmp" | "Icmp6" => matches!(field, "InMsgs" | "OutMsgs"),
        "TcpExt" => {
            field.starts_with("Listen")
                || field.starts_with("Syncookies")
                || matches!(field, "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop")
        }
        "Tcp" => matches!(
            field,
            "ActiveOpens" | "InSegs" | "OutSegs" | "OutRsts" | "PassiveOpens" | "RetransSegs" | "CurrEstab"
        ),
        "Udp" | "Udp6" => {
            matches!(field, "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors")
        }
        _ => false,
    }
}
