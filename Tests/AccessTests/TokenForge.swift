import Foundation
import Synchronization

@testable import Access

/// Signs whatever a test wants to see refused, with the hub's own key.
struct TokenForge {
    static let issuer = "https://hub.example"
    static let audience = "https://hub.example/FHIR/R4"
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let nhsNumber = "9991000003"

    let keys: SigningKeys
    let clock = Clock(start)

    init() throws { keys = try .generate(now: Self.start) }

    final class Clock: Sendable {
        private let date: Mutex<Date>
        init(_ date: Date) { self.date = Mutex(date) }
        func now() -> Date { date.withLock { $0 } }
        func advance(by seconds: TimeInterval) { date.withLock { $0 += seconds } }
    }

    var issuer: TokenIssuer {
        TokenIssuer(keys: KeyRing(keys), issuer: Self.issuer, audience: Self.audience, now: clock.now)
    }

    var verifier: TokenVerifier {
        TokenVerifier(
            issuers: [.builtIn(name: Self.issuer, audience: Self.audience, keys: KeyRing(keys))],
            keySets: KeySetCache(fetcher: NoFetcher()),
            now: clock.now
        )
    }

    var kid: String { keys.active(at: Self.start).id.rawValue }

    /// Header members as JSON values; those of a good token unless replaced.
    func header(_ changes: [String: String?] = [:]) -> String {
        Self.object(["alg": #""ES384""#, "typ": #""at+jwt""#, "kid": "\"\(kid)\""], changes)
    }

    /// Claims as JSON values; those of a good system token unless replaced.
    func claims(_ changes: [String: String?] = [:]) -> String {
        let now = Int(Self.start.timeIntervalSince1970)
        return Self.object(
            [
                "iss": "\"\(Self.issuer)\"", "sub": #""gp-system""#, "aud": "\"\(Self.audience)\"",
                "client_id": #""gp-system""#, "iat": "\(now)", "exp": "\(now + 600)", "jti": #""7d1f""#,
                "scope": #""system/Immunization.rs""#, "mode": #""system""#,
            ],
            changes
        )
    }

    func patientClaims(_ changes: [String: String?] = [:]) -> String {
        let patient: [String: String?] = [
            "mode": #""patient""#, "scope": #""patient/Immunization.rs""#, "nhs_number": "\"\(Self.nhsNumber)\"",
            "vot": #""P9.Cp.Cd""#,
        ]
        return claims(patient.merging(changes) { $1 })
    }

    func token(header: String? = nil, claims: String? = nil) throws -> String {
        let signed = Self.encode(header ?? self.header()) + "." + Self.encode(claims ?? self.claims())
        let signature = try keys.active(at: Self.start).signature(for: Array(signed.utf8))
        return signed + "." + Base64URL.encode(signature)
    }

    /// Fetches nothing: the hub's own keys are at hand.
    struct NoFetcher: KeyDocumentFetcher {
        func fetch(_ url: String, isClientSupplied: Bool) async throws(KeyFetchError) -> KeyDocument {
            throw .unreachable
        }
    }

    static func encode(_ text: String) -> String { Base64URL.encode(text.utf8) }

    /// What the verifier says of a token; `nil` when it accepts it.
    func refusal(of token: String) async -> AccessError? {
        await refusal(ofHeader: "Bearer \(token)")
    }

    func refusal(ofHeader header: String?) async -> AccessError? {
        do {
            _ = try await verifier.verify(authorizationHeader: header)
            return nil
        } catch {
            return error
        }
    }

    private static func object(_ members: [String: String], _ changes: [String: String?]) -> String {
        var members = members
        for (name, value) in changes { members[name] = value }
        return "{" + members.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    }
}
