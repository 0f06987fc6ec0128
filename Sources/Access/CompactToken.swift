/// A JWS in compact form (RFC 7515 §7.1), taken apart but not yet believed.
///
/// Herald takes tokens apart itself, because JWTKit reads them with Foundation's decoder, which passes over repeated members
/// and takes numbers for dates in any form (A-11, A-20a); signatures are checked by swift-crypto, and the tests hold every
/// token against JWTKit.
struct CompactToken: Sendable {
    static let maximumBytes = 16 * 1024

    /// Parameters that would let the sender choose the key or the rules: never used, so never let through.
    private static let refusedParameters = ["crit", "jku", "jwk", "x5u", "x5c"]

    let header: ClaimSet
    let claims: ClaimSet
    let signature: [UInt8]
    /// What the signature covers: header and claims as they were sent.
    let signedBytes: [UInt8]

    /// Checks form only (A-20 row 2, A-11).
    init(parsing text: some StringProtocol) throws(TokenFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        self.header = try ClaimParser.parse(header)
        guard !Self.refusedParameters.contains(where: self.header.contains) else { throw .headerParameter }
        self.claims = try ClaimParser.parse(claims)
        self.signature = signature
        signedBytes = Array(bytes[..<parts[1].endIndex])
    }
}

extension CompactToken: CustomStringConvertible, CustomReflectable {
    /// Never the token: it is a secret.
    var description: String { "redacted" }

    /// No children, so that a dump shows nothing either.
    var customMirror: Mirror { Mirror(self, children: []) }
}
