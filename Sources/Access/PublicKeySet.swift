import Crypto
import CryptoExtras
import Foundation

/// The public keys of an issuer or a client (RFC 7517 §5): only those that can check a signature Herald accepts.
package struct PublicKeySet: Sendable {
    /// The largest set that is read, in bytes.
    package static let maximumBytes = 64 * 1024

    private struct Member {
        let key: VerificationKey
        /// `alg`, where the set names one: the only algorithm that the key is for.
        let algorithm: String?
    }

    private let members: [String: Member]

    /// Why members were left out, for those who register a set; a text without key material for each.
    package let problems: [String]

    /// Reads a set; members that are of no use here (encryption, other curves, short RSA keys) are left out.
    ///
    /// - Throws: ``PublicKeySetError``, also for a set that holds a private key: it is no secret any more.
    package init(json: some Collection<UInt8>) throws(PublicKeySetError) {
        guard json.count <= Self.maximumBytes else { throw .tooLarge }
        let root: ClaimSet
        do {
            root = try ClaimParser.parse(Array(json))
        } catch {
            throw error == .duplicateMember ? .duplicateMember : .malformed
        }
        guard case .list(let list) = root.values["keys"] else { throw .malformed }
        var members: [String: Member] = [:]
        var repeated: Set<String> = []
        var problems: [String] = []
        for (position, value) in list.enumerated() {
            guard case .members(let jwk) = value else { throw .malformed }
            guard !["d", "p", "q", "dp", "dq", "qi", "k"].contains(where: jwk.contains) else { throw .privateKey }
            do throws(PublicKeyProblem) {
                let (kid, member) = try Self.member(jwk)
                if members.updateValue(member, forKey: kid) != nil { repeated.insert(kid) }
            } catch {
                problems.append("key \(position + 1) \(error.rawValue)")
            }
        }
        // Which of two keys of one name counts would differ between readers.
        for kid in repeated {
            members[kid] = nil
            problems.append("several keys have the same kid")
        }
        self.members = members
        self.problems = problems
    }

    /// Whether there is no key in the set that could be used.
    package var isEmpty: Bool { members.isEmpty }

    /// The names of the keys, sorted.
    package var keyIDs: [String] { members.keys.sorted() }

    /// Whether a key has this name, whatever it is for.
    func contains(_ kid: String) -> Bool { members[kid] != nil }

    /// The key of this name, if it is one for the algorithm: type, and `alg` where it is given, must match.
    func key(_ kid: String, for algorithm: SignatureAlgorithm) -> VerificationKey? {
        guard let member = members[kid], member.key.fits(algorithm) else { return nil }
        guard member.algorithm == nil || member.algorithm == algorithm.rawValue else { return nil }
        return member.key
    }

    private static func member(_ jwk: ClaimSet) throws(PublicKeyProblem) -> (String, Member) {
        guard let kid = jwk.textValue("kid"), !kid.isEmpty else { throw .noName }
        if jwk.contains("use"), jwk.textValue("use") != "sig" { throw .otherUse }
        if case .list(let operations) = jwk.values["key_ops"], !operations.contains(.text("verify")) { throw .otherUse }
        if jwk.contains("alg"), jwk.textValue("alg") == nil { throw .malformed }
        let key: VerificationKey
        switch jwk.textValue("kty") {
        case "RSA": key = .rsa(try rsa(jwk))
        case "EC": key = .p384(try p384(jwk))
        default: throw .otherType
        }
        return (kid, Member(key: key, algorithm: jwk.textValue("alg")))
    }

    private static func rsa(_ jwk: ClaimSet) throws(PublicKeyProblem) -> _RSA.Signing.PublicKey {
        guard let n = bytes("n", of: jwk), let e = bytes("e", of: jwk) else { throw .malformed }
        // 16384 bits: a longer one makes each check slow, which is why OpenSSL stops there too.
        let significant = n.drop { $0 == 0 }.count
        guard significant >= 256 else { throw .weak }
        guard significant <= 2048, e.count <= 8 else { throw .malformed }
        guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else { throw .weak }
        return key
    }

    private static func p384(_ jwk: ClaimSet) throws(PublicKeyProblem) -> P384.Signing.PublicKey {
        guard jwk.textValue("crv") == "P-384" else { throw .otherCurve }
        guard let x = bytes("x", of: jwk), let y = bytes("y", of: jwk), x.count == 48, y.count == 48,
            let key = try? P384.Signing.PublicKey(rawRepresentation: x + y)
        else { throw .malformed }
        return key
    }

    private static func bytes(_ name: String, of jwk: ClaimSet) -> [UInt8]? {
        jwk.textValue(name).flatMap { Base64URL.decode($0.utf8) }
    }
}

/// Why one key of a set is of no use.
private enum PublicKeyProblem: String, Error {
    case noName = "has no kid"
    case otherUse = "is not for signatures (use must be sig)"
    case otherType = "is neither RSA nor EC"
    case otherCurve = "is on another curve than P-384"
    case weak = "is an RSA key of less than 2048 bits"
    case malformed = "is damaged"
}

/// Why a key set cannot be used at all.
package enum PublicKeySetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Above 64 KiB.
    case tooLarge
    /// Not a JSON object with a list `keys`.
    case malformed
    /// A member name occurs twice.
    case duplicateMember
    /// It holds a private or symmetric key.
    case privateKey

    package var description: String {
        switch self {
        case .tooLarge: "the key set is larger than 64 KiB"
        case .malformed: "the key set is not a JSON object with a list \"keys\""
        case .duplicateMember: "the key set repeats a member's name"
        case .privateKey:
            "the key set holds a private key: give out public keys only, and replace that key, since others may have seen it"
        }
    }
}
