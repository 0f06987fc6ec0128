import Foundation
import Messages
import Testing

@Suite("Delivery headers (delivery.md §3)")
struct DeliveryHeadersTests {
    let bundle: UUID
    let subscription: UUID

    init() throws {
        bundle = try #require(UUID(uuidString: "4CAF539E-B061-4273-9ECF-5061728394A5"))
        subscription = try #require(UUID(uuidString: "B8F2C3A4-5D6E-4F70-8A91-0C1D2E3F4A5B"))
    }

    private func lines(
        range: ClosedRange<Int64>?,
        attempt: Int = 1,
        at time: TimeInterval = 1_791_536_467.9,
        isResend: Bool = false
    ) -> [String] {
        DeliveryHeaders.fields(
            bundleID: bundle,
            subscription: subscription,
            attempt: attempt,
            range: range,
            sentAt: Date(timeIntervalSince1970: time),
            contentType: "application/fhir+json; fhirVersion=4.0",
            isResend: isResend,
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            version: "1.0.0",
            subscriberLines: [("Authorization", "Bearer receiver-supplied-token")]
        ).map { "\($0.name): \($0.value)" }
    }

    /// D-12: these and no others.
    @Test func allFieldsInOrder() {
        #expect(
            lines(range: 5...9, isResend: true) == [
                "webhook-id: ntf_4caf539e-b061-4273-9ecf-5061728394a5", "webhook-timestamp: 1791536467",
                "Content-Type: application/fhir+json; fhirVersion=4.0",
                "Herald-Subscription: b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b", "Herald-Events: 5-9", "Herald-Attempt: 1",
                "Herald-Resend: true", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "User-Agent: Herald/1.0.0", "Authorization: Bearer receiver-supplied-token",
            ]
        )
    }

    @Test func oneEventIsOneNumberAndAHandshakeHasNone() {
        #expect(lines(range: 5...5).contains("Herald-Events: 5"))
        #expect(!lines(range: nil).contains { $0.hasPrefix("Herald-Events") })
        #expect(!lines(range: nil).contains { $0.hasPrefix("Herald-Resend") })
    }

    @Test func retryDiffersInAttemptAndTimeOnly() {
        let changed = Set(lines(range: 5...9)).symmetricDifference(lines(range: 5...9, attempt: 2, at: 1_791_536_472))
        #expect(changed.allSatisfy { $0.hasPrefix("Herald-Attempt") || $0.hasPrefix("webhook-timestamp") })
        #expect(changed.count == 4)
    }

    @Test func messageIDHasNoFullStop() {
        #expect(!DeliveryHeaders.messageID(bundle).contains("."))
    }
}
