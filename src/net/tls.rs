//! TLS: verification by the system's authorities and the operator's, with the evidence kept either way.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::error::{Error, ErrorKind, Result};
use crate::model;

/// Makes configurations for connections.
#[derive(Debug)]
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
    /// Made when it is first needed: reading the system's authorities takes a while.
    verifier: OnceLock<Result<Arc<dyn ServerCertVerifier>, TlsError>>,
}

impl Trust {
    /// Reads the operator's authorities.
    pub(super) fn new(ca_files: &[PathBuf]) -> Result<Self> {
        let mut extra = Vec::new();
        for path in ca_files {
            let bad = |cause: rustls_pki_types::pem::Error| {
                Error::new(ErrorKind::Config, format!("{} cannot be used as a certificate authority", path.display()))
                    .because(cause)
                    .hint("`ca_files` names PEM files with -----BEGIN CERTIFICATE----- in them")
            };
            let before = extra.len();
            for certificate in CertificateDer::pem_file_iter(path).map_err(bad)? {
                extra.push(certificate.map_err(bad)?);
            }
            if extra.len() == before {
                return Err(bad(rustls_pki_types::pem::Error::NoItemsFound));
            }
        }
        Ok(Self { provider: Arc::new(aws_lc_rs::default_provider()), extra, verifier: OnceLock::new() })
    }

    /// A configuration for one connection, and the witness of its handshake. No resumption: a resumed
    /// session shows no certificates.
    pub(super) fn config(
        &self,
        alpn: &[&[u8]],
        accept_invalid: bool,
    ) -> Result<(ClientConfig, Arc<Witness>), TlsError> {
        let inner = self.verifier.get_or_init(|| {
            rustls_platform_verifier::Verifier::new_with_extra_roots(self.extra.clone(), self.provider.clone())
                .map(|v| Arc::new(v) as Arc<dyn ServerCertVerifier>)
        });
        let witness = Arc::new(Witness {
            inner: inner.clone(),
            schemes: self.provider.signature_verification_algorithms,
            accept_invalid,
            seen: Mutex::default(),
            is_13: AtomicBool::new(false),
        });
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Ok((config, witness))
    }
}

/// The certificates that a server showed, and what is wrong with them.
type Seen = (Arc<Vec<Vec<u8>>>, Option<String>);

/// Verifies, and keeps what it saw even when that is bad.
#[derive(Debug)]
pub(super) struct Witness {
    inner: Result<Arc<dyn ServerCertVerifier>, TlsError>,
    schemes: rustls::crypto::WebPkiSupportedAlgorithms,
    accept_invalid: bool,
    seen: Mutex<Option<Seen>>,
    /// The server proved its key in the way of TLS 1.3.
    is_13: AtomicBool,
}

impl Witness {
    /// What is known of the last handshake, if the server got as far as showing certificates.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verdict = match &self.inner {
            Ok(inner) => inner.verify_server_cert(leaf, others, name, ocsp, now),
            Err(e) => Err(e.clone()),
        };
        let chain = std::iter::once(leaf).chain(others).map(|der| der.to_vec()).collect();
        let problem = verdict.as_ref().err().map(problem);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::new(chain), problem));
        match verdict {
            Err(_) if self.accept_invalid => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.is_13.store(false, Ordering::Relaxed);
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.is_13.store(true, Ordering::Relaxed);
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.supported_schemes()
    }
}

/// What is wrong with a handshake, in plain words.
pub(super) fn problem(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet".to_owned()
            }
            CertificateError::Revoked => "the certificate was revoked".to_owned(),
            CertificateError::UnknownIssuer => {
                "the certificate is not from an authority that is trusted here".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another host".to_owned()
            }
            other => format!("the certificate is invalid: {other}"),
        },
        other => other.to_string(),
    }
}

/// The facts of a session, from the witness and the connection (`None`: it did not come so far).
pub(super) fn facts(witness: &Witness, connection: Option<&rustls::CommonState>) -> Option<model::Tls> {
    let (chain, problem) = witness.seen()?;
    let version = match connection.and_then(|c| c.protocol_version()) {
        Some(rustls::ProtocolVersion::TLSv1_2) => "tls/1.2".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_3) => "tls/1.3".to_owned(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    let cipher = connection.and_then(|c| c.negotiated_cipher_suite()).map(|suite| {
        let name = format!("{:?}", suite.suite());
        name.strip_prefix("TLS13_").map_or(name.clone(), |rest| format!("TLS_{rest}"))
    });
    Some(model::Tls { version, cipher: cipher.unwrap_or_default(), chain, problem })
}

/// What the witness alone can tell of a session that was set up elsewhere: the cipher is not known to it.
pub(super) fn facts_by_witness(witness: &Witness) -> Option<model::Tls> {
    let (chain, problem) = witness.seen()?;
    let version = if witness.is_13.load(Ordering::Relaxed) { "tls/1.3" } else { "tls/1.2" }.to_owned();
    Some(model::Tls { version, cipher: String::new(), chain, problem })
}
