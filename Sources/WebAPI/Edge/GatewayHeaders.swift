package import HTTPTypes

/// The headers in which a gateway passes on whom it let through; trusted behind a listener that lets nobody but the gateway
/// connect, and nowhere else.
package struct GatewayHeaders: Hashable, Sendable {
    /// Holds the SHA-256 thumbprint of the client's certificate; nil: the client's is not passed on.
    package var certificate: HTTPField.Name?
    /// Holds the client's address, as its last or only element.
    package var address: HTTPField.Name?

    package init(certificate: HTTPField.Name? = nil, address: HTTPField.Name? = nil) {
        self.certificate = certificate
        self.address = address
    }
}
