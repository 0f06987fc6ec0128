/// The certificate that a client showed on its connection, checked against the listener's trust store.
package struct ClientCertificate: Hashable, Sendable {
    /// SHA-256 of the certificate's DER form in base64url without padding: what `cnf.x5t#S256` and a client's
    /// registration hold (RFC 8705 §3.1).
    package let thumbprint: String
    /// The subject's distinguished name (RFC 4514), for the audit; nil where a gateway passed on the thumbprint alone.
    package let subject: String?

    package init(thumbprint: String, subject: String? = nil) {
        self.thumbprint = thumbprint
        self.subject = subject
    }
}
