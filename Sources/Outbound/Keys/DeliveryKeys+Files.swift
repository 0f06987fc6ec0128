import Access
import Crypto
package import Foundation

extension DeliveryKeys: RotatedKeys {
    /// Name of the key file inside the hub's data folder.
    package static let fileName = "delivery-keys.json"

    private struct Stored: Codable {
        struct Signing: Codable {
            let privateKey: String
            let activeFrom: Date
            let activeUntil: Date?
        }
        struct Wrapping: Codable {
            let key: Data
            let createdAt: Date
        }
        let signing: [Signing]
        let wrapping: [Wrapping]
    }

    /// The folder's keys, made first when there are none: what the hub does when it starts.
    ///
    /// - Throws: `SigningKeyError` when the file cannot be written, read, or is open to other users.
    package static func loadOrCreate(in directory: String, now: Date) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        if let bytes = try file.read() { return try decode(bytes, path: file.path) }
        let keys = generate(now: now)
        if try file.create(with: try keys.encoded()) { return keys }
        return try load(in: directory)
    }

    /// The folder's keys, for what works beside a hub that made them.
    ///
    /// - Throws: `SigningKeyError`.
    package static func load(in directory: String) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        guard let bytes = try file.read() else { throw SigningKeyError.missing(path: file.path) }
        return try decode(bytes, path: file.path)
    }

    /// Puts a new key into the folder's file.
    ///
    /// - Parameters:
    ///   - directory: The hub's data folder.
    ///   - use: Which kind of key.
    ///   - grace: How many seconds old keys go on to sign beside it; 0 takes them away at once.
    ///   - now: The clock.
    /// - Returns: The keys from now on.
    /// - Throws: `SigningKeyError`.
    package static func rotate(
        in directory: String,
        _ use: DeliveryKeyReport.Use,
        grace: TimeInterval,
        now: Date
    ) throws -> Self {
        let file = KeyFile(directory: directory, name: fileName)
        return try file.withLock {
            let keys = try load(in: directory)
            let next = use == .secrets ? keys.rotatingWrapping(now: now) : keys.rotatingSigning(grace: grace, now: now)
            try file.replace(with: try next.encoded())
            return next
        }
    }

    package func differ(from old: Self) -> Bool {
        report(now: .distantPast) != old.report(now: .distantPast)
    }

    private func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let stored = Stored(
            signing: signing.map {
                Stored.Signing(privateKey: $0.key.plainText, activeFrom: $0.activeFrom, activeUntil: $0.activeUntil)
            },
            wrapping: wrapping.map { key in
                Stored.Wrapping(key: key.key.withUnsafeBytes { Data($0) }, createdAt: key.createdAt)
            }
        )
        return Array(try encoder.encode(stored))
    }

    private static func decode(_ bytes: [UInt8], path: String) throws -> Self {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        // The cause may quote the file, so it goes no further: the file is a secret.
        guard let stored = try? decoder.decode(Stored.self, from: Data(bytes)), !stored.wrapping.isEmpty,
            stored.wrapping.allSatisfy({ $0.key.count == 32 }),
            stored.signing.contains(where: { $0.activeUntil == nil })
        else { throw SigningKeyError.unreadable(path: path) }
        return Self(
            signing: try stored.signing.map { signing in
                guard let key = WebhookSigningKey(signing.privateKey) else {
                    throw SigningKeyError.unreadable(path: path)
                }
                return Signing(key: key, activeFrom: signing.activeFrom, activeUntil: signing.activeUntil)
            },
            wrapping: stored.wrapping.map { WrappingKey(SymmetricKey(data: $0.key), createdAt: $0.createdAt) }
        )
    }
}
