/// Why a secret cannot be opened.
package enum SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key file does not hold the key that it is wrapped with.
    case unknownKey(String)
    /// It was changed, or stands in another's place.
    case damaged

    package var description: String {
        switch self {
        case .unknownKey(let id):
            "a subscriber's secret is protected with the key \(id), which is not in delivery-keys.json: restore that file from "
                + "your backup, or have the subscriber make a new secret"
        case .damaged: "a subscriber's secret in the database is damaged: have the subscriber make a new one"
        }
    }
}

extension DeliveryKeys {
    /// Protects a secret for the database; `place` says what it is and whose, and the same is needed to open it.
    package func seal(_ secret: [UInt8], at place: String) throws -> SealedSecret {
        guard let key = wrapping.last else { throw SecretError.unknownKey("none") }
        return try key.seal(secret, at: place)
    }

    /// Opens a secret of the database.
    ///
    /// - Throws: ``SecretError``.
    package func open(_ secret: SealedSecret, at place: String) throws(SecretError) -> [UInt8] {
        let key = try key(secret.wrappingKey)
        do {
            return try key.open(secret, at: place)
        } catch {
            throw .damaged
        }
    }

    /// The same secret under the newest key of the file; nil where it is under that already.
    ///
    /// - Throws: ``SecretError``.
    package func rewrapped(_ secret: SealedSecret, at place: String) throws(SecretError) -> SealedSecret? {
        guard let newest = wrapping.last, newest.id != secret.wrappingKey else { return nil }
        let key = try key(secret.wrappingKey)
        do {
            let wrapped = try newest.wrap(try key.unwrap(secret, at: place), at: place)
            return SealedSecret(wrappingKey: newest.id, wrappedKey: wrapped, sealed: secret.sealed)
        } catch {
            throw .damaged
        }
    }

    /// Name of the key that new secrets are protected with.
    package var newestWrappingKey: String { wrapping.last?.id ?? "" }

    private func key(_ id: String) throws(SecretError) -> WrappingKey {
        guard let key = wrapping.last(where: { $0.id == id }) else { throw .unknownKey(id) }
        return key
    }
}
