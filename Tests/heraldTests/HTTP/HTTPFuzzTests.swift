import Vaccination
import HummingbirdTesting
import HTTPTypes
import FHIR
import Foundation
import HeraldTestKit
import NIOCore
import ServiceLifecycle
import Store
import Synchronization
import Testing

@testable import WebAPI
@testable import herald

/// Hostile queries, headers and bodies against the real server over sockets: never a 500, never a hang, memory flat.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(30)))
struct HTTPFuzzTests {
    private static let connections = 6

    @Test func hostileRequestsAreAnsweredOrRefused() async throws {
        let settings = FuzzSettings(inputs: 1_500)
        let replay = "replay with HERALD_FUZZ_SEED=\(settings.seed) HERALD_FUZZ_INPUTS=\(settings.inputs)"
        try await HubFixture.with({ $0.listen.port = 0 }) { hub in
            let started = AsyncStream<Int>.makeStream()
            try await running([hub.hub.server { started.continuation.yield($0) }]) {
                let port = try #require(await started.stream.first { _ in true })
                let mutator = ImmunizationMutator(sources: [
                    SampleImmunization.make(),
                    SampleImmunization.make(id: SampleImmunization.id("FLU-0001").description),
                    SampleImmunization.make("FLU-0002"),
                ])
                let bearers = try await Self.bearers(hub)
                let tally = FuzzTally(inputs: settings.inputs)
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<Self.connections {
                        group.addTask {
                            while let input = tally.next() {
                                var random = settings.random(of: input)
                                let request = HostileRequest(bearers: bearers, mutator: mutator, using: &random)
                                let answer = try await RawConnection.exchange(
                                    request.bytes,
                                    port: port,
                                    isCutOff: request.isCutOff
                                )
                                let fault = Self.fault(answer, request)
                                #expect(fault == nil, "input \(input), \(replay)")
                                tally.count(answer.status)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let counts = tally.counts
                let growth = residentMemory() - tally.memoryAtFirstQuarter
                print(
                    "fuzzed \(settings.inputs) requests from seed \(settings.seed) in \(ContinuousClock.now - start), "
                        + "memory grew by \(growth / 1024) MiB: "
                        + counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
                )
                // Otherwise nothing got as far as the rules.
                for status in [200, 400, 401, 404, 405] {
                    #expect(counts[status, default: 0] > 0, "\(status), \(replay)")
                }
                // A megabyte for each request would be 1.5 GiB; other suites run beside this one.
                #expect(growth < 300 << 10, "\(replay)")
                #expect(try await hub.send(.get, "/_ping").status == .ok)
            }
        }
    }

    private static func bearers(_ hub: HubFixture) async throws -> [String] {
        let all = try await hub.bearer()
        let patient = try await hub.bearer(
            "patient/Immunization.rs",
            client: "app",
            patient: SampleImmunization.patient
        )
        return [all, all, all, all, all, all, patient, "Bearer nonsense", "\(all), \(all)"]
    }

    /// What is wrong with an answer.
    private static func fault(_ answer: RawAnswer, _ request: HostileRequest) -> String? {
        guard !answer.isHanging else { return "no answer" }
        guard let status = answer.status else {
            return request.isCutOff || answer.bytes.isEmpty && !isWhole(request) ? nil : "closed without an answer"
        }
        guard (200..<500).contains(status) || status == 501 else { return "\(status)" }
        return nil
    }

    /// Whether the head is one an HTTP parser takes.
    private static func isWhole(_ request: HostileRequest) -> Bool {
        let line = request.bytes.prefix { $0 != UInt8(ascii: "\r") }
        return line.allSatisfy { (0x20..<0x7F).contains($0) } && line.filter { $0 == 0x20 }.count == 2
    }
}

/// Hands out inputs and counts answers.
private final class FuzzTally: Sendable {
    private struct State {
        var next = 0
        var counts: [Int: Int] = [:]
        var memoryAtFirstQuarter = 0
    }

    private let inputs: Int
    private let state = Mutex(State())

    init(inputs: Int) { self.inputs = inputs }

    /// The next input; nil after the last.
    func next() -> Int? {
        state.withLock { state in
            guard state.next < inputs else { return nil }
            defer { state.next += 1 }
            if state.next == inputs / 4 { state.memoryAtFirstQuarter = residentMemory() }
            return state.next
        }
    }

    /// Counts an answer; 0 stands for none.
    func count(_ status: Int?) { state.withLock { $0.counts[status ?? 0, default: 0] += 1 } }

    var counts: [Int: Int] { state.withLock { $0.counts } }
    var memoryAtFirstQuarter: Int { state.withLock { $0.memoryAtFirstQuarter } }
}

/// The memory this process has now, in KiB; 0 where the system does not say.
private func residentMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}
