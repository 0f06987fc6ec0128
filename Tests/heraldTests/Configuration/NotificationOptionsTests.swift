import ArgumentParser
import FHIR
import Foundation
import HeraldTestKit
import Subscriptions
import Testing

@testable import herald

/// What `herald subscriptions create` makes of the options that say how a subscription is told.
struct NotificationOptionsTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    private func subscription(_ arguments: [String]) throws -> Subscription {
        var subscription = Subscription.sample()
        try NotificationOptions.parse(arguments).apply(to: &subscription, now: Self.now)
        return subscription
    }

    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "headers-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func everyOptionIsInTheSubscription() throws {
        try withFile("Authorization: Bearer a:b\n\nX-Site: 7\r\n") { path in
            let made = try subscription([
                "--content", "id-only", "--max-count", "25", "--timeout", "7", "--heartbeat", "300", "--release", "r4b",
                "--end", "2027-03-31", "--contact", "https://directory.example/Organization/Y12345", "--contact",
                "a@b.example",
                "--header-file", path,
            ])
            #expect(made.content == .idOnly && made.maxCount == 25)
            #expect(made.timeout == .seconds(7) && made.heartbeat == .seconds(300))
            #expect(made.release == .r4b && made.payload == "application/fhir+json; fhirVersion=4.3")
            #expect(made.end != nil && made.contact.count == 2)
            #expect(made.headers == ["Authorization: Bearer a:b", "X-Site: 7"])
        }
    }

    @Test func whatIsLeftOutIsAsTheAPIHasIt() throws {
        let made = try subscription([])
        #expect(made.content == .fullResource && made.maxCount == 1 && made.timeout == .seconds(15))
        #expect(made.heartbeat == nil && made.end == nil && made.headers.isEmpty && made.contact.isEmpty)
        #expect(made.payload == "application/fhir+json" && made.release == .r4)
    }

    @Test func theTypeNamesTheRelease() throws {
        #expect(try subscription(["--payload", "application/fhir+json;fhirVersion=4.3"]).release == .r4b)
        #expect(throws: CommandFailure.self) {
            try subscription(["--payload", "application/fhir+json; fhirVersion=4.3", "--release", "r4"])
        }
    }

    @Test(arguments: [
        ["--max-count", "0"], ["--max-count", "101"], ["--timeout", "31"], ["--timeout", "0"], ["--heartbeat", "29"],
        ["--heartbeat", "86401"], ["--release", "r5"], ["--content", "all"], ["--payload", "application/fhir+xml"],
        ["--payload", "application/fhir+json; fhirVersion=5.0"], ["--payload", "application/fhir+json; charset=utf-8"],
        ["--end", "tomorrow"], ["--end", "2020-01-01"], ["--header-file", "/nowhere/at/all"],
    ])
    func whatCannotBeUsedIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try subscription(arguments) }
    }

    @Test(arguments: ["no colon", "Host: elsewhere", "webhook-id: 1", "Content-Type: text/plain", "A: b\u{0}c"])
    func headerLinesThatTheAPIRefusesAreRefusedWithTheirNumber(_ line: String) throws {
        try withFile("X-Good: 1\n\(line)\n") { path in
            let failure = #expect(throws: CommandFailure.self) { try subscription(["--header-file", path]) }
            #expect(failure.map { "\($0)" }?.contains("line 2") == true)
        }
        try withFile(String(repeating: "X-Many: 1\n", count: 21)) { path in
            #expect(throws: CommandFailure.self) { try subscription(["--header-file", path]) }
        }
    }
}
