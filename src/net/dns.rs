//! Names to addresses, by /etc/hosts and the name servers of /etc/resolv.conf.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The process's resolver, to hand to a client. All share one cache.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dns;

impl Resolve for Dns {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = resolve(name.as_str()).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// The addresses of a host: an address as it is, loopback for `localhost`, otherwise what /etc/hosts or a name server
/// says. Never empty.
///
/// # Errors
/// The name is unknown, or no name server answers.
pub async fn resolve(host: &str) -> Result<Vec<IpAddr>, DnsError> {
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Ok(vec![address]);
    }
    let bare = host.trim_end_matches('.').to_ascii_lowercase();
    if bare == "localhost" || bare.ends_with(".localhost") {
        // RFC 6761, section 6.3. IPv4 first: more servers listen there.
        return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    }
    let fail = |error| DnsError { host: host.to_owned(), error };
    let lookup = resolver().map_err(fail)?.lookup_ip(host).await.map_err(fail)?;
    let found: Vec<IpAddr> = lookup.iter().collect();
    if found.is_empty() { Err(fail(NetError::Message("the name has no address"))) } else { Ok(found) }
}

/// A name that cannot be resolved.
#[derive(Clone, Debug)]
pub struct DnsError {
    host: String,
    error: NetError,
}

impl fmt::Display for DnsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot resolve {:?}: ", self.host)?;
        match &self.error {
            NetError::NoConnections => formatter.write_str("no name server is configured in /etc/resolv.conf"),
            NetError::Timeout => formatter.write_str("no name server answers"),
            error if error.is_nx_domain() => formatter.write_str("there is no such host"),
            error => error.fmt(formatter),
        }
    }
}

impl std::error::Error for DnsError {}

/// The resolver for what the system's files say now.
fn resolver() -> Result<Arc<TokioResolver>, NetError> {
    let stamp = FILES.map(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok());
    let mut current = CURRENT.lock();
    if let Some((known, resolver)) = current.as_ref()
        && *known == stamp
    {
        return Ok(Arc::clone(resolver));
    }
    // Without /etc/resolv.conf only /etc/hosts answers. A public name server is never the fallback.
    let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|_| {
        let nobody = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        TokioResolver::builder_with_config(nobody, TokioRuntimeProvider::default())
    });
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    let resolver = Arc::new(builder.build()?);
    *current = Some((stamp, Arc::clone(&resolver)));
    Ok(resolver)
}

/// The files that say how to resolve; another time of change makes another resolver.
const FILES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

type Stamp = [Option<SystemTime>; 2];

/// One resolver for the process, so that its cache serves every client.
static CURRENT: Mutex<Option<(Stamp, Arc<TokioResolver>)>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_and_localhost_need_no_name_server() {
        for (host, expected) in [("127.0.0.2", "127.0.0.2"), ("[::1]", "::1"), ("localhost", "127.0.0.1")] {
            assert_eq!(resolve(host).await.unwrap()[0].to_string(), expected);
        }
    }
}
