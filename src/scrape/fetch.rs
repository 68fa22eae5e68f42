//! Getting one page: over HTTP, or from a part of this process.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use reqwest::{Response, StatusCode, Url};

use crate::config::{ScrapeJob, ScrapeProtocol};
use crate::discovery::Target;
use crate::exposition::Format;
use crate::model::format_float;
use crate::net::{HttpClient, describe};

use super::accept::accept_header;
use super::error::ScrapeError;

/// A part of this process that exposes metrics.
pub trait PageSource: Send + Sync {
    /// Appends a page in Prometheus text. May block: it is called on a thread that may, never twice at a time.
    fn render(&self, page: &mut String);
}

impl<F: Fn(&mut String) + Send + Sync> PageSource for F {
    fn render(&self, page: &mut String) {
        self(page);
    }
}

/// A page and its format.
pub(super) struct Page {
    pub bytes: Bytes,
    pub format: Format,
}

/// Where a target's pages come from.
#[derive(Clone)]
pub(super) enum Source {
    /// Over HTTP.
    Http(Arc<HttpSource>),
    /// From this process.
    Internal(InternalSource),
}

impl Source {
    /// Fetches one page, within `target`'s timeout.
    pub async fn fetch(&self, target: &Target) -> Result<Page, ScrapeError> {
        match self {
            Self::Http(source) => source.fetch(target).await,
            Self::Internal(source) => source.fetch(target).await,
        }
    }
}

/// What the targets of one job share.
pub(super) struct HttpSource {
    client: HttpClient,
    accept: String,
    compress: bool,
    body_limit: usize,
    fallback: Option<Format>,
}

impl HttpSource {
    pub fn new(client: HttpClient, job: &ScrapeJob) -> Self {
        let body_limit = job.limits.body_size.and_then(|limit| usize::try_from(limit).ok());
        Self {
            client,
            accept: accept_header(&job.scrape_protocols),
            compress: job.enable_compression,
            body_limit: body_limit.unwrap_or(LARGEST_UNASKED).min(LARGEST_PAGE),
            fallback: job.fallback_scrape_protocol.map(format_of),
        }
    }

    async fn fetch(&self, target: &Target) -> Result<Page, ScrapeError> {
        let deadline = tokio::time::Instant::now() + target.timeout;
        let timed_out = || ScrapeError::Timeout { url: Some(target.url.clone()) };
        let answer = tokio::time::timeout_at(deadline, self.ask(target)).await.map_err(|_| timed_out())??;
        let body = tokio::time::timeout_at(deadline, self.read(answer)).await;
        body.map_err(|_| ScrapeError::Timeout { url: None })?
    }

    async fn ask(&self, target: &Target) -> Result<Response, ScrapeError> {
        let failed = |reason| ScrapeError::Request { url: target.url.clone(), reason };
        let encoding = if self.compress && !is_loopback(&target.url) { "gzip" } else { "identity" };
        let request = self.client.get(&target.url).map_err(|error| failed(error.to_string()))?;
        request
            .header(ACCEPT, &self.accept)
            .header(ACCEPT_ENCODING, encoding)
            .header(TIMEOUT_HEADER, seconds(target.timeout))
            .send()
            .await
            .map_err(|error| failed(reason(&error, &target.url)))
    }

    async fn read(&self, mut answer: Response) -> Result<Page, ScrapeError> {
        let status = answer.status();
        if status != StatusCode::OK {
            let text = status.canonical_reason().unwrap_or("");
            return Err(ScrapeError::Status { status: format!("{} {text}", status.as_u16()).trim_end().to_owned() });
        }
        if answer.content_length().is_some_and(|length| length >= self.body_limit as u64) {
            return Err(ScrapeError::BodySize);
        }
        let content_type = answer.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let format = Format::from_content_type(content_type.as_deref(), self.fallback);
        let mut bytes = Bytes::new();
        let mut joined = BytesMut::new();
        loop {
            let chunk = answer.chunk().await.map_err(|error| ScrapeError::Body { reason: describe(&error) })?;
            let Some(chunk) = chunk else { break };
            if bytes.len() + joined.len() + chunk.len() >= self.body_limit {
                return Err(ScrapeError::BodySize);
            }
            // A page of one chunk is not copied.
            if bytes.is_empty() && joined.is_empty() {
                bytes = chunk;
                continue;
            }
            if joined.is_empty() {
                // The length is known but for compressed pages and those that come in pieces.
                joined.reserve(answer.content_length().map_or(4 * bytes.len(), |length| length as usize));
                joined.extend_from_slice(&bytes);
                bytes = Bytes::new();
            }
            joined.extend_from_slice(&chunk);
        }
        let bytes = if joined.is_empty() { bytes } else { joined.freeze() };
        // An empty page needs no format.
        let format = match format {
            Err(_) if bytes.is_empty() => Format::Prometheus,
            format => format.map_err(ScrapeError::ContentType)?,
        };
        Ok(Page { bytes, format })
    }
}

/// A part of this process, with a mark of whether it is at work.
#[derive(Clone)]
pub(super) struct InternalSource {
    source: Arc<dyn PageSource>,
    busy: Arc<AtomicBool>,
}

impl InternalSource {
    pub fn new(source: Arc<dyn PageSource>) -> Self {
        Self { source, busy: Arc::new(AtomicBool::new(false)) }
    }

    /// A collector can hang in the kernel, where nothing can end it; then it is left alone until it comes back.
    async fn fetch(&self, target: &Target) -> Result<Page, ScrapeError> {
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(ScrapeError::Busy);
        }
        let (source, busy) = (Arc::clone(&self.source), Busy(Arc::clone(&self.busy)));
        let rendering = tokio::task::spawn_blocking(move || {
            let _busy = busy;
            let mut page = String::new();
            source.render(&mut page);
            page
        });
        match tokio::time::timeout(target.timeout, rendering).await {
            Ok(Ok(page)) => Ok(Page { bytes: page.into(), format: Format::Prometheus }),
            Ok(Err(error)) => Err(ScrapeError::Body { reason: error.to_string() }),
            Err(_) => Err(ScrapeError::Timeout { url: None }),
        }
    }
}

/// Takes the mark away, come what may.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Compressing costs both sides more than loopback saves.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The network's failure in the words of Go's, where users know them.
fn reason(error: &reqwest::Error, url: &str) -> String {
    let text = describe(error);
    if error.is_redirect() {
        return "stopped after 10 redirects".to_owned();
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            let known = match io.kind() {
                std::io::ErrorKind::ConnectionRefused => Some("connection refused"),
                std::io::ErrorKind::HostUnreachable => Some("no route to host"),
                std::io::ErrorKind::NetworkUnreachable => Some("network is unreachable"),
                _ => None,
            };
            if let Some(known) = known.filter(|_| error.is_connect()) {
                let address = Url::parse(url).ok();
                let address = address.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
                let address = address.map(|(host, port)| format!("{host}:{port}")).unwrap_or_default();
                return format!("dial tcp {address}: connect: {known}");
            }
            match io.kind() {
                std::io::ErrorKind::ConnectionReset => return "read: connection reset by peer".to_owned(),
                std::io::ErrorKind::UnexpectedEof => return "EOF".to_owned(),
                _ => {}
            }
        }
        cause = inner.source();
    }
    text
}

fn format_of(protocol: ScrapeProtocol) -> Format {
    match protocol {
        ScrapeProtocol::OpenMetricsText1_0_0 | ScrapeProtocol::OpenMetricsText0_0_1 => Format::OpenMetrics,
        ScrapeProtocol::PrometheusText1_0_0 | ScrapeProtocol::PrometheusText0_0_4 => Format::Prometheus,
    }
}

fn seconds(duration: Duration) -> String {
    format_float(duration.as_secs_f64())
}

const TIMEOUT_HEADER: &str = "X-Prometheus-Scrape-Timeout-Seconds";

/// The largest page where the job sets no limit: about a million samples. What sends more is broken or hostile, and
/// would take the memory of everything else; a job that really has such targets says so with `body_size_limit`.
const LARGEST_UNASKED: usize = 128 << 20;

/// No page may be larger, whatever the job says: a page is read at once and counted in 32 bits.
const LARGEST_PAGE: usize = 1 << 30;
