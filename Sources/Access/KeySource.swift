/// Where the public keys of an issuer or a client are.
package enum KeySource: Sendable {
    /// The hub's own.
    case own(KeyRing<SigningKeys>)
    /// Given with the registration or the configuration.
    case fixed(PublicKeySet)
    /// Fetched when they are needed.
    case fetched(KeyLocation)
}

/// An address that keys are fetched from.
package struct KeyLocation: Hashable, Sendable {
    /// What the address leads to.
    package enum Form: Hashable, Sendable {
        /// A key set.
        case keySet
        /// An issuer's metadata, which name the key set in `jwks_uri` (RFC 8414, OpenID Connect Discovery); its `issuer` must
        /// be this.
        case metadata(issuer: String)
    }

    package let url: String
    package let form: Form
    /// Whether a client named the address, and not the operator: it must not lead into the hub's own network.
    package let isClientSupplied: Bool

    package init(url: String, form: Form = .keySet, isClientSupplied: Bool) {
        self.url = url
        self.form = form
        self.isClientSupplied = isClientSupplied
    }
}

/// Fetches documents for ``KeySetCache``; implemented over HTTP.
package protocol KeyDocumentFetcher: Sendable {
    /// The document at an address: over TLS, without redirects, within 5 seconds, of 64 KiB at most.
    ///
    /// - Throws: ``KeyFetchError``.
    func fetch(_ url: String, isClientSupplied: Bool) async throws(KeyFetchError) -> KeyDocument
}

/// A fetched document.
package struct KeyDocument: Sendable {
    package let bytes: [UInt8]
    /// Seconds it may be kept, as its sender says (`Cache-Control: max-age`); nil where nothing is said.
    package let maxAge: Int?

    package init(bytes: [UInt8], maxAge: Int? = nil) {
        self.bytes = bytes
        self.maxAge = maxAge
    }
}

/// Why keys could not be fetched; safe to log.
package enum KeyFetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not an `https` address.
    case address
    /// The address leads into a private network.
    case privateAddress
    /// No such host, no connection, no valid certificate, or no answer in time.
    case unreachable
    /// Another status than 200; redirects are not followed.
    case status(Int)
    /// Above 64 KiB.
    case tooLarge
    /// Not a key set, or metadata of another issuer.
    case content

    package var description: String {
        switch self {
        case .address: "its address is not an https URL"
        case .privateAddress: "its address leads into a private network"
        case .unreachable: "it cannot be reached, or did not answer within 5 seconds"
        case .status(let code): "it answered with status \(code) (redirects are not followed)"
        case .tooLarge: "it is larger than 64 KiB"
        case .content: "it is not a key set, or belongs to another issuer"
        }
    }
}
