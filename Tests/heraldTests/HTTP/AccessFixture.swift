import Crypto
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import Testing

@testable import Access
@testable import herald

/// A registered client with keys of its own, that asks a hub for tokens as a real one does.
struct AssertingClient {
    static let idp = "https://idp.example"

    let id: String
    let key = P384.Signing.PrivateKey()

    init(_ id: String = "gp-system") { self.id = id }

    /// Its public key, as it is registered.
    var jwks: String {
        let point = key.publicKey.rawRepresentation
        let x = Base64URL.encode(point.prefix(48))
        let y = Base64URL.encode(point.suffix(48))
        return #"{"keys":[{"kty":"EC","crv":"P-384","kid":"k-1","use":"sig","x":"\#(x)","y":"\#(y)"}]}"#
    }

    /// Registers the client with a hub.
    func register(
        in fixture: HubFixture,
        scopes: String = "system/Immunization.cruds",
        _ change: (inout RegisteredClient) -> Void = { _ in }
    ) async throws {
        try await fixture.hub.store.seed(fixture.hub.configuration.reference)
        var client = RegisteredClient(
            id: try #require(ClientID(id)),
            name: "",
            scopes: Scopes(parsing: scopes),
            permissions: try VaccinePermissions(["COVID.CRUDS", "FLU.CRUDS"])
        )
        client.keys = .inline(jwks)
        change(&client)
        try await fixture.hub.store.create(client, by: "test")
    }

    /// A JWT signed with the client's key.
    func sign(_ claims: [String: Any], kid: String = "k-1") throws -> String {
        let header = #"{"alg":"ES384","typ":"JWT","kid":"\#(kid)"}"#
        let payload = try JSONSerialization.data(withJSONObject: claims, options: .withoutEscapingSlashes)
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload)
        let signature = try key.signature(for: Data(signed.utf8)).rawRepresentation
        return signed + "." + Base64URL.encode(signature)
    }

    func assertion(_ fixture: HubFixture, jti: String = UUID().uuidString) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        return try sign([
            "iss": id, "sub": id, "aud": fixture.hub.configuration.publicURL + "/oauth2/token", "iat": now,
            "exp": now + 240, "jti": jti,
        ])
    }

    /// The form of a client credentials request.
    func form(_ assertion: String, _ more: [String: String] = [:]) -> String {
        let fields = [
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        ].merging(more) { $1 }
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        return fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }
            .joined(separator: "&")
    }
}

extension HubFixture {
    /// Sends a form to the token endpoint.
    func askForToken(
        _ form: String,
        contentType: String = "application/x-www-form-urlencoded",
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = contentType
        return try await send(.post, "/oauth2/token", headers: headers, body: Array(form.utf8))
    }

    /// A token from the endpoint, as the value of a header.
    func token(for client: AssertingClient, _ more: [String: String] = [:]) async throws -> String {
        let answer = try await askForToken(client.form(client.assertion(self), more))
        #expect(answer.status == .ok, "\(String(buffer: answer.body))")
        return "Bearer " + (try #require(try answer.members["access_token"] as? String))
    }
}

extension TestResponse {
    /// The members of a JSON object.
    var members: [String: Any] {
        get throws {
            let json = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
            return try #require(json as? [String: Any])
        }
    }
}
