package import Crypto
package import CryptoExtras
import Foundation

/// A public key that signatures are checked with; its type says which algorithms it can be used for.
package enum VerificationKey: Sendable {
    case p384(P384.Signing.PublicKey)
    /// At least 2048 bits.
    case rsa(_RSA.Signing.PublicKey)

    /// Whether the signature was made with this key and algorithm; false also where the key is of another type.
    func isValid(_ signature: [UInt8], for bytes: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        switch (self, algorithm) {
        case (.p384(let key), .es384):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case (.rsa(let key), .rs256): return Self.holds(signature, of: SHA256.hash(data: bytes), key)
        case (.rsa(let key), .rs384): return Self.holds(signature, of: SHA384.hash(data: bytes), key)
        case (.rsa(let key), .rs512): return Self.holds(signature, of: SHA512.hash(data: bytes), key)
        default: return false
        }
    }

    /// Whether the key's type is the one the algorithm is for.
    func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch (self, algorithm) {
        case (.p384, .es384), (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512): true
        default: false
        }
    }

    private static func holds(_ signature: [UInt8], of digest: some Digest, _ key: _RSA.Signing.PublicKey) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        // "Insecure" speaks of the padding's age; RS256 to RS512 are defined with it (RFC 7518 §3.3).
        return key.isValidSignature(signature, for: digest, padding: .insecurePKCS1v1_5)
    }
}
