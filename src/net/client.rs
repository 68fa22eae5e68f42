//! An HTTP client as a job or a discovery configures it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, NoProxy, Proxy, RequestBuilder};

use crate::config::{Credential, HttpAuth, HttpClientOptions, HttpHeader, Pem};

use super::dns::Dns;
use super::tls;

/// A client with its credentials. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client,
    auth: Option<HttpAuth>,
    headers: Arc<[HttpHeader]>,
}

impl HttpClient {
    /// Builds a client. With `compress` it asks for gzip, and bodies arrive decompressed. Timeouts are for the caller to
    /// set on each request.
    ///
    /// # Errors
    /// A file of the TLS settings cannot be read or holds something else, or the proxy's URL is none.
    pub fn new(options: &HttpClientOptions, compress: bool) -> Result<Self, NetError> {
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .dns_resolver(Dns)
            .gzip(compress)
            .pool_idle_timeout(IDLE)
            .redirect(if options.follow_redirects { Policy::limited(REDIRECTS) } else { Policy::none() })
            .tls_backend_preconfigured(tls::client_config(&options.tls, options.enable_http2)?);
        builder = match &options.proxy_url {
            None => builder.no_proxy(),
            Some(url) => {
                let except = options.no_proxy.as_deref().and_then(NoProxy::from_string);
                builder.proxy(Proxy::all(url).map_err(NetError::Client)?.no_proxy(except))
            }
        };
        Ok(Self {
            client: builder.build().map_err(NetError::Client)?,
            auth: options.auth.clone(),
            headers: options.headers.clone().into(),
        })
    }

    /// Begins a GET with the configured credentials and headers. Files that hold credentials are read now.
    ///
    /// # Errors
    /// Such a file cannot be read, or its content does not fit a header.
    pub fn get(&self, url: &str) -> Result<RequestBuilder, NetError> {
        let mut request = self.client.get(url);
        match &self.auth {
            None => {}
            Some(HttpAuth::Basic { username, password }) => {
                request = request.basic_auth(reveal(username)?, Some(reveal(password)?));
            }
            Some(HttpAuth::Authorization { kind, credentials }) => {
                let text = format!("{kind} {}", reveal(credentials)?);
                request = request.header(AUTHORIZATION, header_value("Authorization", &text)?);
            }
        }
        for header in self.headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes())
                .map_err(|_| NetError::BadHeader { name: header.name.clone() })?;
            for value in &header.values {
                request = request.header(&name, header_value(&header.name, value)?);
            }
            for secret in &header.secrets {
                request = request.header(&name, header_value(&header.name, secret.reveal())?);
            }
            for file in &header.files {
                request = request.header(&name, header_value(&header.name, &read(file)?)?);
            }
        }
        Ok(request)
    }
}

/// Why a request cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum NetError {
    /// A file that the configuration names cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// PEM text that does not hold what it should.
    BadPem {
        /// The file; `None` where the text stands in the configuration.
        path: Option<PathBuf>,
        /// What it should hold.
        wanted: &'static str,
    },
    /// A value that does not fit a header.
    BadHeader {
        /// The header's name.
        name: String,
    },
    /// TLS cannot be set up this way.
    Tls(rustls::Error),
    /// The client cannot be built this way.
    Client(reqwest::Error),
}

impl NetError {
    pub(super) fn bad_pem(source: &Pem, wanted: &'static str) -> Self {
        let path = match source {
            Pem::Inline(_) => None,
            Pem::File(path) => Some(path.clone()),
        };
        Self::BadPem { path, wanted }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => write!(formatter, "cannot read {}: {error}", path.display()),
            Self::BadPem { path: Some(path), wanted } => {
                write!(formatter, "{} holds no {wanted} in PEM form", path.display())
            }
            Self::BadPem { path: None, wanted } => {
                write!(formatter, "the {wanted} in the configuration is not in PEM form")
            }
            Self::BadHeader { name } => {
                write!(formatter, "the value of the header {name} holds characters that a header cannot carry")
            }
            Self::Tls(error) => write!(formatter, "TLS settings: {error}"),
            Self::Client(error) => formatter.write_str(&describe(error)),
        }
    }
}

impl Error for NetError {}

/// What went wrong and why, in one line: reqwest's own text says that a request failed, and leaves the causes out.
#[must_use]
pub fn describe(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut link = Some(error);
    while let Some(error) = link {
        let text = error.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        link = error.source();
    }
    let is_noise = |text: &String| NOISE.iter().any(|noise| text.starts_with(noise));
    let telling: Vec<&str> = texts.iter().filter(|text| !is_noise(text)).map(String::as_str).collect();
    match (telling.is_empty(), texts.first()) {
        (true, Some(first)) => first.clone(),
        _ => telling.join(": "),
    }
}

fn reveal(credential: &Credential) -> Result<String, NetError> {
    match credential {
        Credential::Inline(secret) => Ok(secret.reveal().to_owned()),
        Credential::File(path) => read(path),
    }
}

fn read(path: &Path) -> Result<String, NetError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => Err(NetError::Unreadable { path: path.to_owned(), error }),
    }
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, NetError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| NetError::BadHeader { name: name.to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}

/// How links of an error's chain begin that say nothing beyond "a request failed".
const NOISE: [&str; 8] = [
    "error sending request",
    "error decoding response body",
    "request or response body error",
    "client error (",
    "tcp connect error",
    "error resolving DNS",
    "dns error",
    "connection error",
];

const USER_AGENT: &str = concat!("meterbox/", env!("CARGO_PKG_VERSION"));

/// Longer than any usual interval, so that connections to targets stay open between scrapes; Prometheus waits as long.
const IDLE: Duration = Duration::from_secs(300);

/// As many as Go's client follows.
const REDIRECTS: usize = 10;
