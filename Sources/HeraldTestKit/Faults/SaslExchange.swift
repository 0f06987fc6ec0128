import Crypto
import CryptoExtras
import Foundation

/// The broker's side of a login: what it says to each message of the client's.
enum SaslExchange: Sendable {
    enum Step: Sendable {
        /// More is to come.
        case answer([UInt8])
        /// The client is in.
        case done([UInt8])
        case refused
    }

    /// Waits for one message that has to be this, and says nothing to it (RFC 4616, RFC 7628).
    case words([UInt8])
    case scram(ScramExchange)

    mutating func take(_ message: [UInt8]) -> Step {
        switch self {
        case .words(let expected): return message == expected ? .done([]) : .refused
        case .scram(var exchange):
            let step = exchange.take(String(decoding: message, as: UTF8.self))
            self = .scram(exchange)
            return step
        }
    }
}

/// The broker's side of SCRAM (RFC 5802, RFC 7677) without channel binding.
struct ScramExchange: Sendable {
    private static let rounds = 4096
    private let hash: ScramHash
    private let user: KafkaSecurity.User
    private let salt = [UInt8]((0..<16).map { _ in .random(in: 0...255) })
    private let nonce = UUID().uuidString
    /// Both first messages, once the client has sent its own.
    private var begun: (client: String, server: String)?

    init(_ hash: ScramHash, _ user: KafkaSecurity.User) {
        self.hash = hash
        self.user = user
    }

    mutating func take(_ message: String) -> SaslExchange.Step {
        let fields = Self.fields(message)
        guard let begun else {
            guard message.hasPrefix("n,,"), fields["n"] == user.name, let clientNonce = fields["r"]
            else { return .refused }
            let salt = Data(salt).base64EncodedString()
            let server = "r=\(clientNonce)\(nonce),s=\(salt),i=\(Self.rounds)"
            self.begun = (String(message.dropFirst(3)), server)
            return .answer(Array(server.utf8))
        }
        // Brokers only look at the end, and librdkafka before 2.6.1 relies on it: it puts its own part before the whole again.
        guard fields["r"]?.hasSuffix(nonce) == true, fields["c"] == "biws",
            let proof = fields["p"].flatMap({ Data(base64Encoded: $0) }),
            let withoutProof = message.range(of: ",p=").map({ message[..<$0.lowerBound] }),
            let salted = try? hash.salted(user.password, salt: salt, rounds: Self.rounds)
        else { return .refused }
        let conversation = "\(begun.client),\(begun.server),\(withoutProof)"
        let clientKey = hash.code("Client Key", key: salted)
        let signature = hash.code(conversation, key: SymmetricKey(data: hash.digest(clientKey)))
        guard zip(clientKey, signature).map({ $0 ^ $1 }) == Array(proof) else { return .refused }
        let serverKey = SymmetricKey(data: hash.code("Server Key", key: salted))
        let own = Data(hash.code(conversation, key: serverKey)).base64EncodedString()
        return .done(Array("v=\(own)".utf8))
    }

    /// `a=…,b=…` by letter.
    private static func fields(_ message: String) -> [Character: String] {
        let pairs = message.split(separator: ",").compactMap { part -> (Character, String)? in
            guard let name = part.first, part.dropFirst().first == "=" else { return nil }
            return (name, String(part.dropFirst(2)))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

/// The hash of a SCRAM mechanism.
package enum ScramHash: String, Sendable, CaseIterable {
    case sha256 = "SCRAM-SHA-256"
    case sha512 = "SCRAM-SHA-512"

    func salted(_ password: String, salt: [UInt8], rounds: Int) throws -> SymmetricKey {
        try KDF.Insecure.PBKDF2.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            using: self == .sha256 ? .sha256 : .sha512,
            outputByteCount: self == .sha256 ? 32 : 64,
            unsafeUncheckedRounds: rounds
        )
    }

    func code(_ text: String, key: SymmetricKey) -> [UInt8] {
        switch self {
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: Array(text.utf8), using: key))
        }
    }

    func digest(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: Array(SHA256.hash(data: bytes))
        case .sha512: Array(SHA512.hash(data: bytes))
        }
    }
}
