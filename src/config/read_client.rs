//! Reading the HTTP client settings of a job or a discovery.

use super::client::{Credential, HttpAuth, HttpClientOptions, HttpHeader, Pem, Secret, TlsOptions, TlsVersion};
use super::keys;
use super::read::{At, Fields, Reader};

/// Reads the client's keys from the mapping in which they stand among others.
pub(super) fn http_client(reader: &mut Reader, fields: &Fields<'_>) -> HttpClientOptions {
    let default = HttpClientOptions::default();
    let proxy_url = proxy(reader, fields.get("proxy_url"));
    if let (None, Some(at)) = (&proxy_url, fields.get("no_proxy")) {
        reader.wrong(&at, "there is no proxy to go around", Some("add proxy_url, or take this out"));
    }
    HttpClientOptions {
        auth: auth(reader, fields),
        tls: fields.get("tls_config").map(|at| tls(reader, &at)).unwrap_or_default(),
        follow_redirects: reader.boolean(fields.get("follow_redirects")).unwrap_or(default.follow_redirects),
        enable_http2: reader.boolean(fields.get("enable_http2")).unwrap_or(default.enable_http2),
        proxy_url,
        no_proxy: reader.text(fields.get("no_proxy")),
        headers: headers(reader, fields.get("http_headers")),
    }
}

fn auth(reader: &mut Reader, fields: &Fields<'_>) -> Option<HttpAuth> {
    let given: Vec<At<'_>> = ["basic_auth", "authorization", "bearer_token", "bearer_token_file"]
        .into_iter()
        .filter_map(|name| fields.get(name))
        .collect();
    if let [_, second, ..] = given.as_slice() {
        let mend = "keep one of basic_auth, authorization, bearer_token and bearer_token_file";
        reader.wrong(second, "credentials are given twice", Some(mend));
    }
    let bearer = |credentials| HttpAuth::Authorization { kind: "Bearer".to_owned(), credentials };
    if let Some(at) = fields.get("basic_auth") {
        let inner = reader.fields(&at, &keys::BASIC_AUTH);
        let empty = || Credential::Inline(Secret::default());
        let username = credential(reader, &inner, "username", "username_file").unwrap_or_else(empty);
        let password = credential(reader, &inner, "password", "password_file").unwrap_or_else(empty);
        return Some(HttpAuth::Basic { username, password });
    }
    if let Some(at) = fields.get("authorization") {
        let inner = reader.fields(&at, &keys::AUTHORIZATION);
        let kind_at = inner.get("type");
        let kind = reader.text(kind_at.clone()).filter(|kind| !kind.is_empty()).unwrap_or_else(|| "Bearer".to_owned());
        match kind_at {
            Some(at) if kind.eq_ignore_ascii_case("basic") => {
                reader.wrong(&at, "Basic is not written this way", Some("use basic_auth with username and password"));
            }
            _ => {}
        }
        let credentials = credential(reader, &inner, "credentials", "credentials_file")
            .unwrap_or_else(|| Credential::Inline(Secret::default()));
        return Some(HttpAuth::Authorization { kind, credentials });
    }
    credential(reader, fields, "bearer_token", "bearer_token_file").map(bearer)
}

fn credential(reader: &mut Reader, fields: &Fields<'_>, inline: &str, file: &str) -> Option<Credential> {
    let (inline_at, file_at) = (fields.get(inline), fields.get(file));
    if let (Some(_), Some(at)) = (&inline_at, &file_at) {
        reader.wrong(at, format!("{inline} is given as well"), Some("keep one of the two"));
    }
    match reader.path(file_at) {
        Some(path) => Some(Credential::File(path)),
        None => reader.secret(inline_at).map(Credential::Inline),
    }
}

fn proxy(reader: &mut Reader, at: Option<At<'_>>) -> Option<String> {
    let at = at?;
    let url = reader.text(Some(at.clone())).filter(|url| !url.is_empty())?;
    match reqwest::Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Some(url),
        Ok(parsed) if parsed.scheme().starts_with("socks5") => {
            reader.wrong(&at, "not supported yet: SOCKS proxies", Some("name an HTTP proxy"));
            None
        }
        _ => {
            reader.wrong(&at, format!("{url:?} is not the URL of a proxy"), Some("write http://host:port"));
            None
        }
    }
}

fn tls(reader: &mut Reader, at: &At<'_>) -> TlsOptions {
    let fields = reader.fields(at, &keys::TLS);
    let pem = |reader: &mut Reader, inline: &str, file: &str| {
        credential(reader, &fields, inline, file).map(|credential| match credential {
            Credential::Inline(text) => Pem::Inline(text),
            Credential::File(path) => Pem::File(path),
        })
    };
    let options = TlsOptions {
        ca: pem(reader, "ca", "ca_file"),
        cert: pem(reader, "cert", "cert_file"),
        key: pem(reader, "key", "key_file"),
        insecure_skip_verify: reader.boolean(fields.get("insecure_skip_verify")).unwrap_or(false),
        // Whoever allows older versions than we speak still gets ours.
        min_version: reader
            .choice(
                fields.get("min_version"),
                &[(TLS12, Some(TlsVersion::Tls12)), (TLS13, Some(TlsVersion::Tls13)), ("TLS10", None), ("TLS11", None)],
            )
            .flatten(),
        max_version: reader
            .choice(fields.get("max_version"), &[(TLS12, TlsVersion::Tls12), (TLS13, TlsVersion::Tls13)]),
    };
    if options.cert.is_some() != options.key.is_some() {
        let missing = if options.cert.is_some() { "key" } else { "cert" };
        let message = format!("a client certificate needs both parts, and there is no {missing}");
        reader.wrong(at, message, Some(&format!("add {missing}_file")));
    }
    if let (Some(min), Some(max), Some(at)) = (options.min_version, options.max_version, fields.get("max_version"))
        && max < min
    {
        reader.wrong(&at, "max_version is older than min_version", None);
    }
    options
}

fn headers(reader: &mut Reader, at: Option<At<'_>>) -> Vec<HttpHeader> {
    let mut headers = Vec::new();
    for (entry, value) in reader.map(at) {
        if reqwest::header::HeaderName::from_bytes(entry.key.as_bytes()).is_err() {
            reader.problem(entry.place, &value.key, "this is not the name of a header", None);
        } else if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&entry.key)) {
            let mend = "meterbox sets it itself; credentials go to basic_auth or authorization";
            reader.problem(entry.place, &value.key, "this header cannot be set here", Some(mend));
        }
        let fields = reader.fields(&value, &keys::HEADER);
        let files = reader.list(fields.get("files"));
        headers.push(HttpHeader {
            name: entry.key.clone(),
            values: reader.texts(fields.get("values")).unwrap_or_default(),
            secrets: reader.texts(fields.get("secrets")).unwrap_or_default().into_iter().map(Secret::new).collect(),
            files: files.into_iter().filter_map(|file| reader.path(Some(file))).collect(),
        });
    }
    headers.sort_by(|left, right| left.name.cmp(&right.name));
    headers
}

const TLS12: &str = "TLS12";
const TLS13: &str = "TLS13";

/// Headers that the protocol or other keys set.
const RESERVED: [&str; 22] = [
    "Authorization",
    "Host",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "User-Agent",
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Www-Authenticate",
    "Accept-Encoding",
    "X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Scrape-Timeout-Seconds",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];
