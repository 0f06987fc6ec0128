import Testing

@testable import Access

/// What operators may register of a client (`auth.md` §8).
struct ClientRegistrationTests {
    private static let rsa = #"{"kty":"RSA","kid":"one","n":"AQAB","e":"AQAB"}"#

    @Test func aKeySetHoldsPublicKeysWithNamesOfTheirOwn() throws {
        let set = #"{"keys":[\#(Self.rsa),{"kty":"EC","kid":"two","crv":"P-384","x":"AA","y":"AA"}]}"#
        #expect(try ClientKeys(keySet: set) == .inline(set))
    }

    @Test(arguments: [
        ("", ClientKeysError.notAKeySet), (#"{"keys":[]}"#, .notAKeySet), (rsa, .notAKeySet),
        (#"{"keys":[{"kty":"RSA","kid":"one","n":"AQAB","e":"AQAB","d":"AQAB"}]}"#, .privateKey),
        (#"{"keys":[{"kty":"oct","kid":"one","k":"AQAB"}]}"#, .privateKey),
        (#"{"keys":[{"kty":"OKP","kid":"one","x":"AQAB"}]}"#, .keyType),
        (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, .keyID),
        (#"{"keys":[\#(rsa),\#(rsa)]}"#, .keyID),
    ])
    func aKeySetThatCannotServeIsRefused(_ text: String, _ error: ClientKeysError) {
        #expect(throws: error) { try ClientKeys(keySet: text) }
    }

    @Test(arguments: [
        ("https://keys.example/jwks.json", true, true), ("http://127.0.0.1:9000/jwks.json", false, true),
        ("http://keys.example/jwks.json", false, false), ("ftp://keys.example/", false, false),
        ("https://user@keys.example/", false, false), ("https://keys.example/#a", false, false),
        ("https://", false, false), ("keys.example/jwks", false, false),
    ])
    func keysAreFetchedOverHTTPSOnly(_ text: String, inProduction: Bool, inDevelopment: Bool) {
        #expect(((try? ClientKeys(url: text, isDevelopment: false)) != nil) == inProduction)
        #expect(((try? ClientKeys(url: text, isDevelopment: true)) != nil) == inDevelopment)
    }

    @Test func aThumbprintIsTakenInEverySpellingThatToolsPrint() {
        let hexadecimal = String(repeating: "00:FF:", count: 15) + "00:ff"
        let plain = hexadecimal.filter { $0 != ":" }
        let token = CertificateThumbprint.normalised(plain)
        #expect(token == "AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8")
        #expect(CertificateThumbprint.normalised(hexadecimal) == token)
        #expect(CertificateThumbprint.normalised(token ?? "") == token)
        let rest = String(plain.dropFirst())
        for text in ["", "AP8A", rest, "g" + rest, "+" + rest] {
            #expect(CertificateThumbprint.normalised(text) == nil)
        }
    }

    @Test func aThumbprintOfAPEMIsThatOfItsBytes() {
        // SHA-256 of "abc" (FIPS 180-2, appendix B.1).
        let pem = "text before\n-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"
        #expect(CertificateThumbprint.ofPEM(pem) == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        #expect(CertificateThumbprint.ofPEM("-----BEGIN CERTIFICATE-----\nYWJj\n") == nil)
        #expect(CertificateThumbprint.ofPEM("") == nil)
    }

    @Test func limitsAreWholeNumbersAboveZero() {
        #expect(RateLimit(perSecond: 20, burst: 40) != nil)
        #expect(RateLimit(perSecond: 0, burst: 40) == nil)
        #expect(RateLimit(perSecond: 20, burst: 0) == nil)
        #expect(ProofingLevel.p5 < .p9 && ProofingLevel.p0 < .p5)
    }
}
