//! How to speak to a target or a discovery service over HTTP.

use std::fmt;
use std::path::PathBuf;

/// The HTTP client settings of one job or one discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpClientOptions {
    /// Who we are, if anybody asks.
    pub auth: Option<HttpAuth>,
    /// Whom we trust, and our own certificate.
    pub tls: TlsOptions,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether HTTP/2 may be spoken over TLS.
    pub enable_http2: bool,
    /// The proxy to go through.
    pub proxy_url: Option<String>,
    /// Hosts that are reached without the proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Further headers, sorted by name.
    pub headers: Vec<HttpHeader>,
}

impl Default for HttpClientOptions {
    fn default() -> Self {
        Self {
            auth: None,
            tls: TlsOptions::default(),
            follow_redirects: true,
            enable_http2: true,
            proxy_url: None,
            no_proxy: None,
            headers: Vec::new(),
        }
    }
}

/// Credentials for the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAuth {
    /// A user name and a password.
    Basic {
        /// The name, or the file that holds it.
        username: Credential,
        /// The password, or the file that holds it.
        password: Credential,
    },
    /// A scheme such as `Bearer`, and what follows it.
    Authorization {
        /// The scheme.
        kind: String,
        /// The token, or the file that holds it.
        credentials: Credential,
    },
}

/// A value given in the configuration, or in a file that is read again for every request, so that a rotated
/// password needs no reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The value itself.
    Inline(Secret),
    /// A file; white space at its end does not count where the value becomes a header.
    File(PathBuf),
}

/// One extra header: its values in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHeader {
    /// The header's name.
    pub name: String,
    /// Values that may be shown.
    pub values: Vec<String>,
    /// Values that may not.
    pub secrets: Vec<Secret>,
    /// Files that hold further values.
    pub files: Vec<PathBuf>,
}

/// The TLS side of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Certificates to trust instead of the system's, PEM.
    pub ca: Option<Pem>,
    /// Our certificate, PEM; given together with `key`.
    pub cert: Option<Pem>,
    /// Our key, PEM.
    pub key: Option<Pem>,
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
    /// The oldest version to speak.
    pub min_version: Option<TlsVersion>,
    /// The newest version to speak.
    pub max_version: Option<TlsVersion>,
}

/// PEM text in the configuration, or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pem {
    /// The text itself; keys are secret, certificates do no harm as such.
    Inline(Secret),
    /// A file, read when the client is built.
    File(PathBuf),
}

/// A version of TLS. Older ones are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

impl TlsVersion {
    /// The version as a configuration writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "TLS12",
            Self::Tls13 => "TLS13",
        }
    }
}

/// A text that is never shown: Debug and Display print `<secret>`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A URL to show: its password, if it has one, replaced.
#[must_use]
pub fn redacted(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Only a URL without a host refuses a password, and this one has both.
            let _ = parsed.set_password(Some("xxxxx"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}
