//! TLS for clients: whom to trust, which versions, our own certificate.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion, version};

use crate::config::{Pem, TlsOptions, TlsVersion};

use super::client::NetError;

/// Makes ring the process's provider of cryptography. Call it once at start; again does no harm.
pub fn install_provider() {
    // An error says that a provider is installed already.
    let _ = ring::default_provider().install_default();
}

/// The TLS side of a client. Files are read here.
pub(super) fn client_config(options: &TlsOptions, http2: bool) -> Result<ClientConfig, NetError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&versions(options))
        .map_err(NetError::Tls)?;
    let trusting = |trust| Arc::new(Verifier { trust, provider: ring::default_provider() });
    let builder = match &options.ca {
        _ if options.insecure_skip_verify => {
            builder.dangerous().with_custom_certificate_verifier(trusting(Trust::Anybody))
        }
        Some(ca) => builder.with_root_certificates(Arc::new(given_roots(ca)?)),
        None => builder.dangerous().with_custom_certificate_verifier(trusting(Trust::System)),
    };
    let mut config = match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&pem(key)?).map_err(|_| NetError::bad_pem(key, "private key"))?;
            builder.with_client_auth_cert(certificates(cert)?, key).map_err(NetError::Tls)?
        }
        _ => builder.with_no_client_auth(),
    };
    let protocols: &[&[u8]] = if http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

fn versions(options: &TlsOptions) -> Vec<&'static SupportedProtocolVersion> {
    let min = options.min_version.unwrap_or(TlsVersion::Tls12);
    let max = options.max_version.unwrap_or(TlsVersion::Tls13);
    [(TlsVersion::Tls12, &version::TLS12), (TlsVersion::Tls13, &version::TLS13)]
        .into_iter()
        .filter(|(known, _)| (min..=max).contains(known))
        .map(|(_, version)| version)
        .collect()
}

/// Checks certificates against what the system trusts and, since a container may hold no certificates at all, against
/// a built-in list beside it. Read when the first server shows a certificate: most boxes only ever scrape plain HTTP,
/// and are spared two megabytes and the time to parse them.
fn system_verifier() -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
    static VERIFIER: OnceLock<Result<Arc<WebPkiServerVerifier>, rustls::Error>> = OnceLock::new();
    let load = || {
        let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::new(ring::default_provider()))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))
    };
    VERIFIER.get_or_init(load).clone()
}

fn given_roots(ca: &Pem) -> Result<RootCertStore, NetError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(ca)? {
        store.add(certificate).map_err(NetError::Tls)?;
    }
    Ok(store)
}

fn certificates(source: &Pem) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let text = pem(source)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| NetError::bad_pem(source, "certificate"))
}

fn pem(source: &Pem) -> Result<Vec<u8>, NetError> {
    match source {
        Pem::Inline(text) => Ok(text.reveal().as_bytes().to_vec()),
        Pem::File(path) => std::fs::read(path).map_err(|error| NetError::Unreadable { path: path.clone(), error }),
    }
}

/// Checks servers without a list of authorities at hand.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: CryptoProvider,
}

#[derive(Clone, Copy, Debug)]
enum Trust {
    /// `insecure_skip_verify`: any certificate will do, but the handshake itself is still checked.
    Anybody,
    /// See [`system_verifier`].
    System,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.trust {
            Trust::Anybody => Ok(ServerCertVerified::assertion()),
            Trust::System => {
                system_verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
