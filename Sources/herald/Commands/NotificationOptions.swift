import ArgumentParser
import FHIR
import Foundation
import Subscriptions

/// How a subscription is told: what its resource says in `channel`, `end` and `contact` (`fhir-subscriptions.md` §3).
struct NotificationOptions: ParsableArguments {
    @Option(help: "empty, id-only or full-resource.") var content = Subscription.Content.fullResource
    @Option(help: "Events in one notification at most, 1 to 100.") var maxCount = 1
    @Option(help: "Seconds to wait for an answer, 1 to 30.") var timeout = 15
    @Option(help: "Seconds that may pass without a notification, 30 to 86400; none are sent to say so unless given.")
    var heartbeat: Int?
    @Option(help: "r4 or r4b: the release of FHIR that notifications are written in.") var release: FHIRRelease?
    @Option(help: "Their MIME type, sent as it is: application/fhir+json, with ; fhirVersion=4.0 or 4.3 or without.")
    var payload: String?
    @Option(
        help: """
            A file with lines Name: value that are sent with every notification, such as Authorization: Bearer …; kept \
            encrypted, shown to nobody.
            """,
        completion: .file()
    )
    var headerFile: String?
    @Option(help: "When it ends by itself: 2027-03-31 or 2027-03-31T23:59:59Z.") var end: String?
    @Option(help: "Whom to ask about it, a URL or an address; repeatable.") var contact: [String] = []
    @Flag(help: "Begin with a handshake: nothing is numbered before the endpoint has answered it.")
    var handshake = false

    func validate() throws {
        guard (1...SubscriptionForm.greatestMaxCount).contains(maxCount) else {
            throw ValidationError("--max-count must be 1 to \(SubscriptionForm.greatestMaxCount)")
        }
        guard SubscriptionForm.timeouts.contains(timeout) else {
            throw ValidationError("--timeout must be 1 to 30 seconds")
        }
        if let heartbeat, !SubscriptionForm.heartbeats.contains(heartbeat) {
            throw ValidationError("--heartbeat must be 30 to 86400 seconds")
        }
    }

    /// Writes what was chosen into a subscription; its header lines in plain.
    ///
    /// - Throws: ``CommandFailure`` that says which value cannot be used and what it should be.
    func apply(to subscription: inout Subscription, now: Date) throws {
        subscription.content = content
        subscription.maxCount = maxCount
        subscription.timeout = .seconds(timeout)
        subscription.heartbeat = heartbeat.map { .seconds($0) }
        subscription.contact = contact
        (subscription.payload, subscription.release) = try type()
        subscription.end = try end.map { try Self.end($0, after: now) }
        subscription.headers = try headerFile.map { try Self.headers(inFile: $0) } ?? []
    }

    /// MIME type and release, which must say the same.
    private func type() throws -> (String, FHIRRelease) {
        guard let payload else {
            return ("application/fhir+json" + (release == .r4b ? "; fhirVersion=4.3" : ""), release ?? .r4)
        }
        guard let type = PayloadType(payload), type.isOffered else {
            throw CommandFailure("--payload \(PayloadType.rule)")
        }
        if let release, let named = type.release, release != named {
            throw CommandFailure("--payload names another release than --release \(release.rawValue)")
        }
        return (payload, type.release ?? release ?? .r4)
    }

    private static func end(_ text: String, after now: Date) throws -> Date {
        guard let time = FHIRDateTime(text) else {
            throw CommandFailure("--end must be a time such as 2027-03-31 or 2027-03-31T23:59:59Z")
        }
        let end = Date(timeIntervalSince1970: Double(time.firstMicrosecond) / 1_000_000)
        guard end > now else { throw CommandFailure("--end must lie in the future") }
        return end
    }

    /// The lines of a file; its values never stand on the command line, where others of the machine could read them.
    static func headers(inFile path: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("--header-file: \(path) cannot be read as UTF-8")
        }
        var lines: [String] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = String(line)
            if line.allSatisfy(\.isWhitespace) { continue }
            let place = "--header-file: line \(number + 1)"
            guard let header = HeaderLine(line) else {
                throw CommandFailure("\(place) must be Name: value, without control characters")
            }
            if header.isReserved { throw CommandFailure("\(place): \(header.name) is Herald's own; it cannot be set") }
            lines.append(header.text)
        }
        if HeaderLine.exceedsLimits(count: lines.count, lines) {
            throw CommandFailure("--header-file: at most 20 lines of 8 KiB in all are taken")
        }
        return lines
    }
}

extension Subscription.Content: ExpressibleByArgument {}
extension FHIRRelease: ExpressibleByArgument {}
