import Foundation

/// Where the public keys are that a client signs its assertions with (`auth.md` §8, A-10).
package enum ClientKeys: Hashable, Sendable {
    /// A JWK set, as JSON text.
    case inline(String)
    /// Where the client publishes its JWK set.
    case url(String)

    /// Takes a JWK set that holds public keys only, each with a `kid` of its own.
    ///
    /// Which keys are strong enough is judged where they are used.
    ///
    /// - Throws: ``ClientKeysError``.
    package init(keySet text: String) throws(ClientKeysError) {
        guard let set = try? JSONDecoder().decode(KeySet.self, from: Data(text.utf8)), !set.keys.isEmpty else {
            throw .notAKeySet
        }
        guard set.keys.allSatisfy({ $0.d == nil && $0.k == nil }) else { throw .privateKey }
        guard set.keys.allSatisfy({ ["RSA", "EC"].contains($0.kty) }) else { throw .keyType }
        let names = set.keys.compactMap(\.kid).filter { !$0.isEmpty }
        guard Set(names).count == set.keys.count else { throw .keyID }
        self = .inline(text)
    }

    /// Takes the address of a JWK set: `https`, or outside of production `http` on the machine's own addresses.
    ///
    /// - Throws: ``ClientKeysError/address``.
    package init(url text: String, isDevelopment: Bool) throws(ClientKeysError) {
        guard text.utf8.count <= 2048, let url = URL(string: text), let host = url.host(), !host.isEmpty,
            url.user() == nil, url.fragment() == nil
        else { throw .address }
        let isLoopback = ["127.0.0.1", "localhost", "::1"].contains(host)
        guard url.scheme == "https" || url.scheme == "http" && isDevelopment && isLoopback else { throw .address }
        self = .url(text)
    }

    private struct KeySet: Decodable {
        struct Key: Decodable {
            let kty: String
            let kid: String?
            let d: String?
            let k: String?
        }

        let keys: [Key]
    }
}

/// Why a client's keys cannot be taken; it names no part of a key.
package enum ClientKeysError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is not a JWK set with at least one key.
    case notAKeySet
    /// A key holds its private part, or is a shared secret.
    case privateKey
    /// A key is neither RSA nor EC.
    case keyType
    /// A key has no `kid`, or two have the same.
    case keyID
    /// The address is none that keys are fetched from.
    case address

    package var description: String {
        switch self {
        case .notAKeySet:
            "the key set must be JSON of the form {\"keys\": [{\"kty\": …, \"kid\": …}]} with at least one key"
        case .privateKey:
            "the key set holds a private or secret key; register the public half, and replace this key if it was sent on"
        case .keyType: "the key set holds a key that is neither RSA nor EC"
        case .keyID: "every key of the set needs a kid of its own"
        case .address:
            "keys are fetched from https addresses without user and fragment (with HERALD_DEVELOPMENT also http://127.0.0.1)"
        }
    }
}
