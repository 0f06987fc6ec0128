import Crypto
import CryptoExtras
import Foundation
import Synchronization
import Testing

@testable import Access

/// A token endpoint with its clients, their keys and an identity provider of its own, all in memory.
struct AssertionForge {
    static let start = TokenForge.start
    static let issuer = "https://hub.example"
    static let endpoint = "https://hub.example/oauth2/token"
    static let idp = "https://idp.example"

    /// One RSA key for all cases: making one costs a tenth of a second.
    static let rsa: _RSA.Signing.PrivateKey = {
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048) else { preconditionFailure("no RSA key") }
        return key
    }()

    let clock = TokenForge.Clock(start)
    let ec = P384.Signing.PrivateKey()
    let keys: SigningKeys
    let clients: MemoryClients
    let replays = MemoryReplays()
    let fetcher = ScriptedFetcher()

    init() throws {
        keys = try .generate(now: Self.start)
        var client = RegisteredClient(
            id: try #require(ClientID("gp-system")),
            name: "GP",
            scopes: Scopes(parsing: "system/Immunization.rs patient/Immunization.rs user/Immunization.rs")
        )
        client.grants = [.clientCredentials, .tokenExchange]
        client.keys = .inline(Self.jwks(ec: ec))
        client.idpClientIDs = ["app-at-idp"]
        clients = MemoryClients([client])
    }

    /// The client's public keys: `rsa-1` and `ec-1`.
    static func jwks(ec: P384.Signing.PrivateKey) -> String {
        #"{"keys":[\#(rsaKey(kid: "rsa-1")),\#(ecKey(ec, kid: "ec-1"))]}"#
    }

    static func rsaKey(_ key: _RSA.Signing.PrivateKey = rsa, kid: String, more: String = "") -> String {
        guard let numbers = try? key.publicKey.getKeyPrimitives() else { preconditionFailure("no RSA key") }
        let n = Base64URL.encode(numbers.modulus)
        let e = Base64URL.encode(numbers.publicExponent)
        return #"{"kty":"RSA","kid":"\#(kid)","n":"\#(n)","e":"\#(e)"\#(more)}"#
    }

    static func ecKey(_ key: P384.Signing.PrivateKey, kid: String) -> String {
        let point = key.publicKey.rawRepresentation
        let x = Base64URL.encode(point.prefix(48))
        let y = Base64URL.encode(point.suffix(48))
        return #"{"kty":"EC","kid":"\#(kid)","crv":"P-384","x":"\#(x)","y":"\#(y)"}"#
    }

    func endpoint(providers: [IdentityProvider]? = nil) throws -> TokenEndpoint {
        let keySets = KeySetCache(fetcher: fetcher)
        let own = KeySource.fixed(try PublicKeySet(json: Array(#"{"keys":[\#(Self.rsaKey(kid: "idp-1"))]}"#.utf8)))
        return TokenEndpoint(
            assertions: AssertionVerifier(
                audiences: [Self.endpoint, "https://gateway.example/token"],
                clients: ClientRegistry(store: clients, now: { .now }),
                keySets: keySets,
                replays: replays,
                now: clock.now
            ),
            idTokens: IDTokenVerifier(
                providers: providers ?? [
                    IdentityProvider(kind: .nhsLogin, issuer: Self.idp, keys: own),
                    IdentityProvider(kind: .cis2, issuer: Self.idp + "/cis2", keys: own),
                ],
                keySets: keySets,
                now: clock.now
            ),
            issuer: TokenIssuer(
                keys: KeyRing(keys),
                issuer: Self.issuer,
                audience: TokenForge.audience,
                now: clock.now
            ),
            now: clock.now
        )
    }

    // MARK: assertions

    /// A client's assertion; members of header and claims as JSON values, those of a good one unless replaced.
    func assertion(
        _ claims: [String: String?] = [:],
        header: [String: String?] = [:],
        client: String = "gp-system"
    ) throws -> String {
        let now = Int(clock.now().timeIntervalSince1970)
        let good = [
            "iss": "\"\(client)\"", "sub": "\"\(client)\"", "aud": "\"\(Self.endpoint)\"", "iat": "\(now)",
            "exp": "\(now + 300)", "jti": "\"\(UUID().uuidString)\"",
        ]
        return try sign(
            Self.object(["alg": #""RS512""#, "typ": #""JWT""#, "kid": #""rsa-1""#], header),
            Self.object(good, claims)
        )
    }

    /// An id token of the identity provider; a patient's unless replaced.
    func idToken(_ claims: [String: String?] = [:], header: [String: String?] = [:]) throws -> String {
        let now = Int(clock.now().timeIntervalSince1970)
        let good = [
            "iss": "\"\(Self.idp)\"", "sub": #""citizen-7""#, "aud": #""app-at-idp""#, "iat": "\(now)",
            "exp": "\(now + 3600)", "auth_time": "\(now - 10)", "jti": #""x""#, "nonce": #""n""#,
            "vot": #""P9.Cp.Cd""#, "nhs_number": "\"\(TokenForge.nhsNumber)\"", "identity_proofing_level": #""P9""#,
            "family_name": #""TAYLOR""#,
        ]
        return try sign(
            Self.object(["alg": #""RS512""#, "typ": #""JWT""#, "kid": #""idp-1""#], header),
            Self.object(good, claims)
        )
    }

    /// A worker's id token.
    func workerToken(_ claims: [String: String?] = [:]) throws -> String {
        let role =
            #"{"person_roleid":"200102838414","person_orgid":"1","org_code":"A20047","role_code":"S0010:G0020:R8008","activity_codes":["B0570"]}"#
        let worker: [String: String?] = [
            "iss": "\"\(Self.idp)/cis2\"", "sub": #""910000000001""#, "authentication_assurance_level": #""3""#,
            "nhsid_useruid": #""910000000001""#, "nhsid_nrbac_roles": "[\(role)]", "vot": nil, "nhs_number": nil,
            "identity_proofing_level": nil,
        ]
        return try idToken(worker.merging(claims) { $1 })
    }

    /// Signs with the key and algorithm that the header names, as far as there are such; else with RS512.
    func sign(_ header: String, _ claims: String, rsa: _RSA.Signing.PrivateKey = rsa) throws -> String {
        let signed = TokenForge.encode(header) + "." + TokenForge.encode(claims)
        let bytes = Data(signed.utf8)
        let signature: [UInt8]
        if header.contains("ES384") {
            signature = Array(try ec.signature(for: bytes).rawRepresentation)
        } else {
            let digest: any Digest =
                if header.contains("256") { SHA256.hash(data: bytes) } else if header.contains("384") {
                    SHA384.hash(data: bytes)
                } else {
                    SHA512.hash(data: bytes)
                }
            signature = Array(try Self.signature(rsa, digest))
        }
        return signed + "." + Base64URL.encode(signature)
    }

    private static func signature(_ key: _RSA.Signing.PrivateKey, _ digest: some Digest) throws -> Data {
        try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation
    }

    static func object(_ members: [String: String], _ changes: [String: String?]) -> String {
        var members = members
        for (name, value) in changes { members[name] = value }
        return "{" + members.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    }

    // MARK: requests

    /// A good form with this assertion.
    static func form(_ assertion: String, _ more: [String: String?] = [:]) -> [String: String] {
        var fields = [
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        ]
        for (name, value) in more { fields[name] = value }
        return fields
    }

    /// A form that exchanges an id token.
    static func exchange(_ assertion: String, _ idToken: String, _ more: [String: String?] = [:]) -> [String: String] {
        let fields: [String: String?] = [
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": idToken,
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        ]
        return form(assertion, fields.merging(more) { $1 })
    }

    /// What the endpoint says to a form: nil when it issues a token.
    func refusal(_ fields: [String: String], at endpoint: TokenEndpoint? = nil) async throws -> TokenRefusal? {
        do {
            _ = try await (endpoint ?? (try self.endpoint())).issue(TokenForm(fields), certificate: nil)
            return nil
        } catch let refusal as TokenRefusal {
            return refusal
        }
    }

    func change(_ change: (inout RegisteredClient) -> Void) { clients.change(change) }
}

/// Registered clients in memory.
final class MemoryClients: ClientStore {
    private let all: Mutex<[RegisteredClient]>

    init(_ clients: [RegisteredClient]) { all = Mutex(clients) }

    func change(_ change: (inout RegisteredClient) -> Void) { all.withLock { change(&$0[0]) } }
    func add(_ client: RegisteredClient) { all.withLock { $0.append(client) } }

    func client(_ id: ClientID) async throws -> RegisteredClient? { all.withLock { $0.first { $0.id == id } } }
    func registration(of id: ClientID) async throws -> ClientRegistration? {
        try await client(id).map { ClientRegistration(client: $0, supplierPermissions: .none) }
    }
    func clients() async throws -> [RegisteredClient] { all.withLock { $0 } }
    func create(_ client: RegisteredClient, by actor: String) async throws { add(client) }
    func update(
        _ id: ClientID,
        by actor: String,
        _ change: @Sendable (inout RegisteredClient) -> Void
    ) async throws -> RegisteredClient {
        throw ClientError.unknown(id)
    }
}

/// Used assertions in memory.
final class MemoryReplays: ReplayStore {
    struct Away: Error {}

    private let used = Mutex<Set<[UInt8]>>([])
    let isAway = Mutex(false)

    func recordAssertion(_ digest: [UInt8], of client: ClientID, until date: Date, now: Date) async throws -> Bool {
        if isAway.withLock({ $0 }) { throw Away() }
        return used.withLock { $0.insert(digest + client.rawValue.utf8).inserted }
    }

    var count: Int { used.withLock(\.count) }
}

/// Answers with what a test has laid down for an address, and counts.
final class ScriptedFetcher: KeyDocumentFetcher {
    private let answers = Mutex<[String: Result<KeyDocument, KeyFetchError>]>([:])
    private let asked = Mutex<[String]>([])
    /// How long an answer takes.
    let delay = Mutex(Duration.zero)

    func answer(_ url: String, _ json: String, maxAge: Int? = nil) {
        answers.withLock { $0[url] = .success(KeyDocument(bytes: Array(json.utf8), maxAge: maxAge)) }
    }

    func fail(_ url: String, _ error: KeyFetchError = .unreachable) {
        answers.withLock { $0[url] = .failure(error) }
    }

    var requests: [String] { asked.withLock { $0 } }

    func fetch(_ url: String, isClientSupplied: Bool) async throws(KeyFetchError) -> KeyDocument {
        asked.withLock { $0.append(url) }
        let delay = delay.withLock { $0 }
        if delay > .zero { try? await Task.sleep(for: delay) }
        guard let answer = answers.withLock({ $0[url] }) else { throw .unreachable }
        return try answer.get()
    }
}
