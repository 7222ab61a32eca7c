//! Verified TLS to mail servers: the certificates of the system, and those of a file beside them.

use std::path::Path;

use native_tls::Certificate;
use tokio_native_tls::TlsConnector;

/// What a server's certificate is checked against; TLS 1.2 at least.
///
/// # Errors
/// In words, naming the file, when it cannot be read or holds no certificate.
pub(crate) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, String> {
    let mut builder = native_tls::TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    for root in ca_file.map(roots).transpose()?.into_iter().flatten() {
        builder.add_root_certificate(root);
    }
    builder.build().map(TlsConnector::from).map_err(|error| error.to_string())
}

fn roots(path: &Path) -> Result<Vec<Certificate>, String> {
    let told = |what: String| format!("{}: {what}", path.display());
    let pem = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    let roots = Certificate::stack_from_pem(&pem).map_err(|error| told(error.to_string()))?;
    if roots.is_empty() { Err(told("holds no certificate (PEM)".to_owned())) } else { Ok(roots) }
}
