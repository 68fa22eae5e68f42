//! The HTTP client against real servers: TLS, credentials, redirects, proxies, compression, and what is said when it
//! goes wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use meterbox::config::{Config, HttpClientOptions};
use meterbox::net::{HttpClient, describe, install_provider};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The client settings that these lines of a job mean; relative paths start from `folder`.
fn options(folder: &Path, lines: &str) -> HttpClientOptions {
    let indented: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
    let text = format!("scrape_configs:\n  - job_name: j\n{}\n", indented.join("\n"));
    let config = Config::parse(&text, Some(&folder.join("meterbox.yml")), &|_| None);
    config.unwrap_or_else(|error| panic!("{error}")).scrape[0].client.clone()
}

fn client(folder: &Path, lines: &str) -> HttpClient {
    HttpClient::new(&options(folder, lines), true).unwrap_or_else(|error| panic!("{error}"))
}

/// The body of an answer, or what went wrong.
async fn fetch(client: &HttpClient, url: &str) -> Result<String, String> {
    let request = client.get(url).map_err(|error| error.to_string())?.timeout(Duration::from_secs(10));
    let response = request.send().await.map_err(|error| describe(&error))?;
    response.text().await.map_err(|error| describe(&error))
}

/// A server that answers each request with the same text, and keeps what it was asked last.
struct Server {
    port: u16,
    asked: Arc<Mutex<String>>,
}

impl Server {
    async fn start(answer: &str, tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(String::new()));
        let server = Self { port, asked: Arc::clone(&asked) };
        let answer = answer.to_owned();
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                match &acceptor {
                    None => talk(stream, &answer, &asked).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            talk(stream, &answer, &asked).await;
                        }
                    }
                }
            }
        });
        server
    }

    fn asked(&self) -> String {
        self.asked.lock().unwrap().to_ascii_lowercase()
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, asked: &Mutex<String>) {
    let mut request = vec![0; 8192];
    let length = stream.read(&mut request).await.unwrap_or(0);
    *asked.lock().unwrap() = String::from_utf8_lossy(&request[..length]).into_owned();
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// An authority's certificate, and a server's and a client's that it signed, good for a hundred years.
const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls");

fn server_config(folder: &Path, wants_client: bool) -> ServerConfig {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let builder = ServerConfig::builder();
    let builder = if wants_client {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(folder.join("ca.pem")).unwrap()).unwrap();
        builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    builder.with_single_cert(vec![certificate], key).unwrap()
}

#[tokio::test]
async fn certificates_are_checked_as_the_settings_say() {
    install_provider();
    let folder = Path::new(CERTIFICATES);
    let open = Server::start(HELLO, Some(server_config(folder, false))).await;
    let closed = Server::start(HELLO, Some(server_config(folder, true))).await;
    let (open_url, closed_url) =
        (format!("https://localhost:{}/", open.port), format!("https://localhost:{}/", closed.port));
    let hello = Ok("hello".to_owned());

    assert_eq!(fetch(&client(folder, "tls_config: {ca_file: ca.pem}"), &open_url).await, hello);
    assert_eq!(fetch(&client(folder, "tls_config: {insecure_skip_verify: true}"), &open_url).await, hello);
    assert_eq!(fetch(&client(folder, "tls_config: {ca_file: ca.pem, max_version: TLS12}"), &open_url).await, hello);
    let said = fetch(&client(folder, ""), &open_url).await.unwrap_err();
    assert!(said.contains("UnknownIssuer"), "{said}");
    let by_address = open_url.replace("localhost", "127.0.0.1");
    let said = fetch(&client(folder, "tls_config: {ca_file: ca.pem}"), &by_address).await.unwrap_err();
    assert!(said.contains("not valid for name"), "{said}");

    let with_ours = "tls_config: {ca_file: ca.pem, cert_file: client.pem, key_file: client.key}";
    assert_eq!(fetch(&client(folder, with_ours), &closed_url).await, hello);
    assert!(fetch(&client(folder, "tls_config: {ca_file: ca.pem}"), &closed_url).await.is_err());

    let said = |lines: &str| HttpClient::new(&options(folder, lines), true).expect_err(lines).to_string();
    let path = folder.display();
    assert!(said("tls_config: {ca_file: none.pem}").starts_with(&format!("cannot read {path}/none.pem")));
    assert_eq!(
        said("tls_config: {ca_file: client.key}"),
        format!("{path}/client.key holds no certificate in PEM form")
    );
    assert_eq!(said("tls_config: {ca: nonsense}"), "the certificate in the configuration is not in PEM form");
}

#[tokio::test]
async fn credentials_are_sent_and_their_files_read_again() {
    install_provider();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(HELLO, None).await;
    let url = format!("http://localhost:{}/", server.port);
    for (lines, header) in [
        ("basic_auth: {username: me, password: pass}", "authorization: basic bwu6cgfzcw=="),
        ("authorization: {type: Token, credentials: t}", "authorization: token t"),
        ("bearer_token: t", "authorization: bearer t"),
        ("http_headers: {X-A: {values: [b], secrets: [c]}}", "x-a: b\r\nx-a: c"),
        ("", "accept-encoding: gzip"),
    ] {
        fetch(&client(folder.path(), lines), &url).await.unwrap();
        assert!(server.asked().contains(header), "{lines}: {}", server.asked());
    }
    let rotating = client(folder.path(), "bearer_token_file: token");
    for token in ["one", "two"] {
        std::fs::write(folder.path().join("token"), format!("{token}\n")).unwrap();
        fetch(&rotating, &url).await.unwrap();
        assert!(server.asked().contains(&format!("authorization: bearer {token}\r\n")), "{}", server.asked());
    }
    std::fs::remove_file(folder.path().join("token")).unwrap();
    let said = fetch(&rotating, &url).await.unwrap_err();
    assert!(said.starts_with("cannot read ") && said.contains("token"), "{said}");
    let plain = HttpClient::new(&HttpClientOptions::default(), false).unwrap();
    fetch(&plain, &url).await.unwrap();
    assert!(!server.asked().contains("accept-encoding"), "{}", server.asked());
    assert!(server.asked().contains("user-agent: meterbox/"), "{}", server.asked());
}

#[tokio::test]
async fn redirects_and_proxies_are_taken_as_the_settings_say() {
    install_provider();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(HELLO, None).await;
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://localhost:{}/\r\nContent-Length: 5\r\nConnection: close\r\n\r\nmoved",
        server.port
    );
    let moving = Server::start(&moved, None).await;
    let url = format!("http://localhost:{}/", moving.port);
    assert_eq!(fetch(&client(folder.path(), ""), &url).await.as_deref(), Ok("hello"));
    assert_eq!(fetch(&client(folder.path(), "follow_redirects: false"), &url).await.as_deref(), Ok("moved"));

    let proxied = format!("proxy_url: http://127.0.0.1:{}", server.port);
    assert_eq!(fetch(&client(folder.path(), &proxied), "http://nowhere.invalid/x").await.as_deref(), Ok("hello"));
    assert!(server.asked().starts_with("get http://nowhere.invalid/x http/1.1"), "{}", server.asked());
    let except = client(folder.path(), &format!("{proxied}\nno_proxy: localhost"));
    assert_eq!(fetch(&except, &url).await.as_deref(), Ok("hello"));
    assert!(server.asked().starts_with("get / http/1.1"), "{}", server.asked());
}

#[tokio::test]
async fn what_goes_wrong_is_said_with_its_cause_and_no_noise() {
    install_provider();
    let plain = client(Path::new("/"), "");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = fetch(&plain, &format!("http://localhost:{port}/")).await.unwrap_err();
    assert_eq!(said, "Connection refused (os error 111)");
    let said = fetch(&plain, "http://no-such-host.invalid/").await.unwrap_err();
    assert!(said.starts_with("cannot resolve \"no-such-host.invalid\": "), "{said}");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let waiting = plain.get(&url).unwrap().timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert_eq!(describe(&waiting), "operation timed out");
    let garbage = Server::start("garbage\r\n\r\n", None).await;
    let said = fetch(&plain, &format!("http://localhost:{}/", garbage.port)).await.unwrap_err();
    assert!(said.contains("HTTP"), "{said}");
    let cut = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", None).await;
    let said = fetch(&plain, &format!("http://localhost:{}/", cut.port)).await.unwrap_err();
    assert!(said.contains("end of file"), "{said}");
}
