import Events
import FHIR
import Foundation
import Messages
import Testing

/// One of the guide-conformant examples, and the inputs that have to lead to it: ids, times and resources are taken
/// from it.
struct NotificationExample {
    static let base = "https://herald.example/fhir/R4"
    static let topic = "https://herald.example/fhir/SubscriptionTopic/vaccination-record-change"

    let value: JSONValue

    init(_ name: String) throws {
        value = try JSONValue(parsing: Fixtures.bytes("fhir-subscriptions/\(name).json"))
    }

    func envelope(
        _ content: ContentLevel,
        _ status: NotificationEnvelope.Status = .active,
        release: FHIRRelease = .r4
    ) throws -> NotificationEnvelope {
        NotificationEnvelope(
            baseURL: Self.base,
            topic: Self.topic,
            subscriptionID: try uuid("b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b"),
            status: status,
            content: content,
            bundleID: try uuid(value["id"]),
            statusID: try uuid(value["entry"]?[0]?.at("resource", "id")),
            timestamp: try date(value["timestamp"]),
            release: release
        )
    }

    /// An event with the resource of the example's entry at `entry`, if it has one.
    func event(
        _ number: Int64,
        _ shape: EventShape,
        record: String,
        version: Int32,
        at time: String,
        entry: Int
    )
        throws -> NotifiedEvent
    {
        NotifiedEvent(
            number: number,
            recordID: try #require(UUID(uuidString: record)),
            version: version,
            shape: shape,
            committedAt: try date(.string(time)),
            identifierSystem: "https://supplierABC/identifiers/vacc",
            identifierValue: "ACME-vacc123456",
            resource: value["entry"]?[entry]?["resource"]?.bytes
        )
    }

    private func uuid(_ value: JSONValue?) throws -> UUID {
        try #require(value?.string.flatMap { UUID(uuidString: $0) })
    }

    private func date(_ value: JSONValue?) throws -> Date {
        try #require(value?.string.flatMap { FHIRInstant($0) }).date
    }
}
