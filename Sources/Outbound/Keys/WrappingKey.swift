import Access
import Crypto
import Foundation

/// A key of the hub's key file that secrets at rest are protected with: AES-GCM, 256 bits.
struct WrappingKey: Sendable {
    /// The beginning of the key's hash, in base64url: says which key, and nothing about it.
    let id: String
    let key: SymmetricKey
    let createdAt: Date

    init(_ key: SymmetricKey = SymmetricKey(size: .bits256), createdAt: Date) {
        self.key = key
        self.createdAt = createdAt
        id = Base64URL.encode(
            key.withUnsafeBytes { Array(SHA256.hash(data: Data("herald wrapping key".utf8) + $0)).prefix(12) }
        )
    }

    /// Protects a secret; what it is and whose is sealed in, so that a row put in another's place cannot be opened.
    func seal(_ secret: [UInt8], at place: String) throws -> SealedSecret {
        let own = SymmetricKey(size: .bits256)
        let sealed = try AES.GCM.seal(secret, using: own, authenticating: Data(place.utf8))
        let wrapped = try wrap(own, at: place)
        return SealedSecret(wrappingKey: id, wrappedKey: wrapped, sealed: Array(try Self.combined(sealed)))
    }

    func open(_ secret: SealedSecret, at place: String) throws -> [UInt8] {
        let box = try AES.GCM.SealedBox(combined: secret.sealed)
        return Array(try AES.GCM.open(box, using: try unwrap(secret, at: place), authenticating: Data(place.utf8)))
    }

    func wrap(_ own: SymmetricKey, at place: String) throws -> [UInt8] {
        let bytes = own.withUnsafeBytes { Array($0) }
        return Array(try Self.combined(try AES.GCM.seal(bytes, using: key, authenticating: Data(place.utf8))))
    }

    func unwrap(_ secret: SealedSecret, at place: String) throws -> SymmetricKey {
        let box = try AES.GCM.SealedBox(combined: secret.wrappedKey)
        return SymmetricKey(data: try AES.GCM.open(box, using: key, authenticating: Data(place.utf8)))
    }

    private static func combined(_ box: AES.GCM.SealedBox) throws -> Data {
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return combined
    }
}

extension WrappingKey: CustomStringConvertible, CustomReflectable {
    var description: String { id }
    var customMirror: Mirror { Mirror(self, children: []) }
}
