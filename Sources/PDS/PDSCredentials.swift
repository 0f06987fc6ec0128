import Foundation
import JWTKit

/// Who the hub is to the NHS's token service, in application-restricted access (`auth.md` §2).
package struct PDSCredentials: Sendable {
    /// Where tokens are asked for; stands in the assertion exactly as it is here.
    package let tokenURL: String
    /// The client id, which the developer portal calls API key.
    package let clientID: String
    /// Names the key in the key set that was registered for the client.
    package let keyID: String
    private let key: Insecure.RSA.PrivateKey

    /// The longest that an assertion may be good for is five minutes; clocks may differ.
    private static let lifetime: TimeInterval = 240

    private struct Assertion: JWTPayload {
        let iss, sub, aud, jti: String
        let exp: Int

        // Herald only makes assertions; who takes them checks them.
        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    /// Takes the private key as PEM.
    ///
    /// - Throws: What is wrong with the key: no PEM, not RSA, or less than 2048 bits.
    package init(tokenURL: String, clientID: String, keyID: String, privateKey pem: String) throws {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.keyID = keyID
        key = try Insecure.RSA.PrivateKey(pem: pem)
    }

    /// What is sent to show who asks, signed with RS512.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - id: Not used before, and not again.
    /// - Returns: The assertion in compact form.
    /// - Throws: When it cannot be signed.
    func assertion(at now: Date, id: UUID) async throws -> String {
        let keys = await JWTKeyCollection().add(
            rsa: key,
            digestAlgorithm: .sha512,
            kid: JWKIdentifier(string: keyID)
        )
        let assertion = Assertion(
            iss: clientID,
            sub: clientID,
            aud: tokenURL,
            jti: id.uuidString.lowercased(),
            exp: Int(now.timeIntervalSince1970 + Self.lifetime)
        )
        return try await keys.sign(assertion, kid: JWKIdentifier(string: keyID))
    }
}
