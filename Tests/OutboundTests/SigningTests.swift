import Crypto
import Foundation
import Outbound
import Testing

/// T-16: `delivery.md` §9.
@Suite("T-16: signatures of Standard Webhooks") struct SigningTests {
    private static let content = WebhookContent(
        id: "evt_01J9ZK3V7QX4M2B8N6T5R1W0YD",
        timestamp: 1_760_000_000,
        body: Array(#"{"resourceType":"Bundle","type":"history"}"#.utf8)
    )
    private static let secretText = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let otherText = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
    private static let signature = "v1,kJ0J2ZiH2PmOsfcc+yCYiMDTLiq+VevfkVkriUhpzsQ="
    private static let otherSignature = "v1,CM2ZuJ5LdlqD16AdtdNGQw59oUrgeYdxd1iiZmL4xWU="

    private func refusal(
        _ verifier: WebhookVerifier,
        id: String? = content.id,
        timestamp: String? = "1760000000",
        signatures: String?,
        body: String = #"{"resourceType":"Bundle","type":"history"}"#,
        now: Int64 = 1_760_000_000
    ) -> WebhookRefusal? {
        do throws(WebhookRefusal) {
            try verifier.verify(
                id: id,
                timestamp: timestamp,
                signatures: signatures,
                body: Array(body.utf8),
                now: Date(timeIntervalSince1970: TimeInterval(now))
            )
            return nil
        } catch {
            return error
        }
    }

    @Test func meetsTheSymmetricVectors() throws {
        let published = WebhookContent(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(secret.signature(of: published) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(try #require(WebhookSecret(Self.secretText)).signature(of: Self.content) == Self.signature)
        #expect(try #require(WebhookSecret(Self.otherText)).signature(of: Self.content) == Self.otherSignature)
    }

    @Test func meetsTheAsymmetricVector() throws {
        let publicKey = try #require(WebhookPublicKey("whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="))
        let seed = Data(0..<32)
        let key = try #require(
            WebhookSigningKey(
                "whsk_" + (seed + Data(base64Encoded: String(publicKey.text.dropFirst(5)))!).base64EncodedString()
            )
        )
        let vector = "v1a,YqTyqX4wgqTUAtjvdr/gYBICaGqZFELA++po5S++/QhW55gZ4TZ4jlb4ZtM+Ib3UthQsQiI/+kHUfO06DqeyCA=="
        #expect(key.publicKey == publicKey)
        #expect(try key.signature(of: Self.content) == vector)
        #expect(refusal(WebhookVerifier(keys: [publicKey]), signatures: vector) == nil)
        #expect(refusal(WebhookVerifier(keys: [publicKey]), signatures: vector, body: "{}") == .signature)
        let read = try WebhookPublicKey.keys(inSet: try WebhookPublicKey.keySet([publicKey]))
        #expect(read == [publicKey] && read.first?.id == publicKey.id)
    }

    @Test func duringARotationEitherSecretVerifies() throws {
        let old = WebhookVerifier(secrets: [try #require(WebhookSecret(Self.secretText))])
        let new = WebhookVerifier(secrets: [try #require(WebhookSecret(Self.otherText))])
        for signatures in [
            "\(Self.signature) \(Self.otherSignature)", "\(Self.otherSignature) v1a,AAAA \(Self.signature)",
        ] {
            #expect(refusal(old, signatures: signatures) == nil && refusal(new, signatures: signatures) == nil)
        }
        #expect(refusal(new, signatures: Self.signature) == .signature)
    }

    @Test func aWrongClockIsRefusedEitherWay() throws {
        let verifier = WebhookVerifier(secrets: [try #require(WebhookSecret(Self.secretText))])
        for offset in [-300, -1, 0, 300] as [Int64] {
            #expect(refusal(verifier, signatures: Self.signature, now: 1_760_000_000 + offset) == nil)
        }
        for offset in [-301, 301, -3600, 3600] as [Int64] {
            #expect(refusal(verifier, signatures: Self.signature, now: 1_760_000_000 + offset) == .clock)
        }
        #expect(refusal(verifier, timestamp: "\(Int64.min)", signatures: Self.signature) == .clock)
    }

    @Test func whatIsChangedOrMissingIsRefused() throws {
        let verifier = WebhookVerifier(secrets: [try #require(WebhookSecret(Self.secretText))])
        #expect(refusal(verifier, id: "evt_other", signatures: Self.signature) == .signature)
        #expect(refusal(verifier, timestamp: "1760000001", signatures: Self.signature) == .signature)
        #expect(
            refusal(verifier, signatures: Self.signature, body: #"{"resourceType":"Bundle","type":"history"} "#)
                == .signature
        )
        for signatures in [
            "", "v1", "v1,", "v2,kJ0J", Self.signature.lowercased(), String(Self.signature.dropFirst(3)),
        ] {
            #expect(refusal(verifier, signatures: signatures) == .signature)
        }
        #expect(refusal(verifier, id: nil, signatures: Self.signature) == .missing)
        #expect(refusal(verifier, timestamp: nil, signatures: Self.signature) == .missing)
        #expect(refusal(verifier, signatures: nil) == .missing)
        for timestamp in ["", "now", "1760000000.0", " 1760000000", "+1760000000", "01760000000"] {
            #expect(refusal(verifier, timestamp: timestamp, signatures: Self.signature) == .missing)
        }
    }

    @Test(arguments: [
        "", "whsec_", "whsec_AAEC", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64!",
        "whsec_" + Data(0..<23).base64EncodedString(), "whsec_" + Data(0..<65).base64EncodedString(),
    ])
    func secretsAreReadStrictly(text: String) { #expect(WebhookSecret(text) == nil) }

    /// `delivery.md` §12: never in logs or dumps.
    @Test func nothingPrintsASecretOrAKey() throws {
        let secret = WebhookSecret.random()
        let keys = DeliveryKeys.generate(now: Date())
        var dumped = ""
        dump(secret, to: &dumped)
        dump(keys, to: &dumped)
        dumped += "\(secret) \(keys) \(String(reflecting: secret)) \(String(reflecting: keys))"
        #expect(
            !dumped.contains(secret.plainText.dropFirst(6)) && !dumped.contains("whsk_")
                && !dumped.contains("\(secret.bytes)")
        )
        #expect(WebhookSecret(secret.plainText) == secret && secret.bytes.count == 32)
    }
}
