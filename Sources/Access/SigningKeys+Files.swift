import Crypto
package import Foundation

extension SigningKeys: RotatedKeys {
    /// Name of the key file inside the folder.
    package static let fileName = "signing-keys.json"

    /// How the keys are kept: PEM inside JSON, so that `openssl` can read what an operator cuts out.
    private struct Stored: Codable {
        struct Key: Codable {
            let algorithm: String
            /// Missing in files of the first builds, whose keys were published with the first one.
            let publishedFrom: Date?
            let activeFrom: Date?
            let privateKey: String
        }
        let keys: [Key]
    }

    /// The folder's keys, made first when there are none: what the hub does when it starts.
    ///
    /// Processes that start together end with the same keys: all but the first find the file there and read it.
    ///
    /// - Parameters:
    ///   - directory: The hub's data folder; made with mode 0700 when it is missing.
    ///   - now: When a new key starts to sign.
    /// - Returns: The keys.
    /// - Throws: ``SigningKeyError`` when the file cannot be written, read, or is open to other users.
    package static func loadOrCreate(in directory: String, now: Date) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        if let bytes = try file.read() { return try decode(bytes, path: file.path) }
        let keys = try generate(now: now)
        if try file.create(with: try keys.encoded()) { return keys }
        guard let bytes = try file.read() else { throw SigningKeyError.missing(path: file.path) }
        return try decode(bytes, path: file.path)
    }

    /// The folder's keys: for `herald token`, which works beside a hub that made them.
    package static func load(in directory: String) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        guard let bytes = try file.read() else { throw SigningKeyError.missing(path: file.path) }
        return try decode(bytes, path: file.path)
    }

    /// Replaces the folder's keys by those after a rotation; others that rotate at the same moment wait.
    ///
    /// - Returns: The keys from now on.
    /// - Throws: ``SigningKeyError``.
    package static func rotate(in directory: String, _ rotation: KeyRotation, now: Date) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        return try file.withLock {
            let keys = try load(in: directory).rotated(rotation, now: now)
            try file.replace(with: try keys.encoded())
            return keys
        }
    }

    // A day that was set for a key changes no byte of the published set.
    package func differ(from old: Self) -> Bool {
        jwks != old.jwks || keys.map(\.activeFrom) != old.keys.map(\.activeFrom)
    }

    private func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let stored = keys.map {
            Stored.Key(
                algorithm: SigningKey.algorithm.rawValue,
                publishedFrom: $0.publishedFrom,
                activeFrom: $0.activeFrom,
                privateKey: $0.pemRepresentation
            )
        }
        return Array(try encoder.encode(Stored(keys: stored)))
    }

    private static func decode(_ bytes: [UInt8], path: String) throws -> Self {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            let stored = try decoder.decode(Stored.self, from: Data(bytes))
            let first = stored.keys.compactMap(\.activeFrom).min() ?? .distantPast
            return try Self(
                stored.keys.map { key in
                    guard key.algorithm == SigningKey.algorithm.rawValue else {
                        throw SigningKeyError.unreadable(path: path)
                    }
                    let privateKey = try P384.Signing.PrivateKey(pemRepresentation: key.privateKey)
                    return SigningKey(
                        privateKey,
                        publishedFrom: key.publishedFrom ?? first,
                        activeFrom: key.activeFrom
                    )
                }
            )
        } catch {
            // The cause may quote the file, so it goes no further: the file is a secret.
            throw SigningKeyError.unreadable(path: path)
        }
    }
}
