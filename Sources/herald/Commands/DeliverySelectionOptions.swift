import ArgumentParser
import Deliveries
import Events
import FHIR
import Foundation

/// The options that choose whose deliveries are meant.
struct DeliverySelectionOptions: ParsableArguments {
    @Option(help: "Of this subscription.") var subscription: String?
    @Option(help: "Of this client's subscriptions.") var client: String?
    @Option(help: "To this origin: scheme, host and port, e.g. https://gp.example:8443.") var origin: String?
    @Option(help: "At this time or later: 2026-11-27 or 2026-11-27T09:30:00Z.") var since: String?
    @Option(help: "Before this time.") var until: String?

    /// What is chosen.
    ///
    /// - Parameter cause: A result class.
    /// - Returns: The selection.
    /// - Throws: `ValidationError` that says which value cannot be used and what it should be.
    func selection(cause: String? = nil) throws -> DeliverySelection {
        DeliverySelection(
            subscription: try subscription.map { try SubscriptionID(argument: $0) },
            client: client,
            origin: origin.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 },
            cause: cause,
            since: try since.map { try Self.time($0, "--since") },
            until: try until.map { try Self.time($0, "--until") }
        )
    }

    /// Whether nothing is chosen: everybody's deliveries are meant.
    var isEmpty: Bool { subscription == nil && client == nil && origin == nil && since == nil && until == nil }

    static func time(_ text: String, _ option: String) throws -> Date {
        guard let time = FHIRDateTime(text) else {
            throw ValidationError("\(option) must be a time such as 2026-11-27 or 2026-11-27T09:30:00Z")
        }
        return Date(timeIntervalSince1970: Double(time.firstMicrosecond) / 1_000_000)
    }
}

extension SubscriptionID {
    /// The id that was typed.
    init(argument: String) throws {
        guard let uuid = UUID(uuidString: argument) else {
            throw ValidationError("\(argument) is no subscription's id, a UUID; herald subscriptions lists all")
        }
        self.init(uuid)
    }
}
