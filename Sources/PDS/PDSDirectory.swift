package import Events
import AsyncHTTPClient
import FHIR
import Foundation
package import Logging
import NIOCore
import ServiceLifecycle
package import Vaccination

/// A patient directory that asks the Personal Demographics Service, `GET /Patient/{number}` (FHIR R4).
///
/// Answers are kept for a while, those that nobody is known too. Requests keep to a rate, and pause after a failure. An answer
/// that cannot be relied on is none: then ``details(of:)`` throws, and what was answered so far is found at the next try.
package actor PDSDirectory: PatientDirectory, Service {
    private let configuration: PDSConfiguration
    private let request: PDSRequest
    private let logger: Logger
    private var client: HTTPClient?
    private var cache: AnswerCache
    private var pace: RequestPace
    /// Who waits for a request that another caller has sent.
    private var waiting: [NHSNumber: [CheckedContinuation<PDSAnswer, Never>]] = [:]

    /// A directory that answers while ``run()`` runs.
    package init(configuration: PDSConfiguration, logger: Logger) {
        self.configuration = configuration
        request = PDSRequest(configuration: configuration)
        self.logger = logger
        cache = AnswerCache(capacity: configuration.capacity)
        pace = RequestPace(rate: configuration.rate)
    }

    /// Whether questions can be answered.
    package var isRunning: Bool { client != nil }

    /// Keeps the connections until shutdown is asked for.
    package func run() async throws {
        let client = PDSRequest.makeClient(configuration)
        self.client = client
        try? await gracefulShutdown()  // cancellation, all it throws, ends the directory as well
        self.client = nil
        try await client.shutdown()
    }

    package func details(of patients: Set<NHSNumber>) async throws -> [NHSNumber: PatientDetails] {
        let deadline = ContinuousClock.now + configuration.patience
        var found: [NHSNumber: PatientDetails] = [:]
        var missing: [NHSNumber] = []
        for patient in patients {
            guard let known = cache.lookUp(patient, now: .now) else {
                missing.append(patient)
                continue
            }
            if let known { found[patient] = known }
        }
        guard !missing.isEmpty else { return found }
        let answers = await answers(for: missing, until: deadline)
        try Task.checkCancellation()
        var failed: Set<NHSNumber> = []
        var left = Set(missing)
        var reasons: [String] = []
        for (patient, answer) in answers {
            switch answer {
            case .known(let details):
                found[patient] = details
                left.remove(patient)
            case .unknown: left.remove(patient)
            case .unavailable(let reason):
                failed.insert(patient)
                reasons.insert(reason, at: 0)
            case .notAsked(let reason): reasons.append(reason)
            }
        }
        guard !left.isEmpty else { return found }
        throw DirectoryIncomplete(
            known: found,
            missing: left,
            failed: failed,
            reason: """
                the Personal Demographics Service has answered for \(patients.count - left.count) of \(patients.count) \
                patients so far: \(reasons.first ?? "HERALD_PDS_RATE limits the requests")
                """
        )
    }

    /// The answers for patients, as many as come until the deadline or the first that is none.
    private func answers(
        for patients: [NHSNumber],
        until deadline: ContinuousClock.Instant
    ) async -> [(NHSNumber, PDSAnswer)] {
        let limit = configuration.maximumInFlight
        return await withTaskGroup(of: (NHSNumber, PDSAnswer).self) { group in
            var rest = patients[...]
            func start() {
                guard let patient = rest.popFirst() else { return }
                group.addTask { (patient, await self.answer(for: patient, until: deadline)) }
            }
            for _ in 0..<limit { start() }
            var answers: [(NHSNumber, PDSAnswer)] = []
            for await answer in group {
                answers.append(answer)
                switch answer.1 {
                case .unavailable, .notAsked: rest = []
                case .known, .unknown: break
                }
                if ContinuousClock.now < deadline { start() }
            }
            return answers
        }
    }

    /// The answer for one patient, by a request that no other caller sends at the same time.
    private func answer(for patient: NHSNumber, until deadline: ContinuousClock.Instant) async -> PDSAnswer {
        // Another caller may have got it since.
        if let known = cache.lookUp(patient, now: .now) { return known.map(PDSAnswer.known) ?? .unknown }
        if waiting[patient] != nil {
            return await withCheckedContinuation { waiting[patient]?.append($0) }
        }
        waiting[patient] = []
        let answer = await ask(for: patient, until: deadline)
        for continuation in waiting.removeValue(forKey: patient) ?? [] { continuation.resume(returning: answer) }
        return answer
    }

    private func ask(for patient: NHSNumber, until deadline: ContinuousClock.Instant) async -> PDSAnswer {
        guard let client else { return .notAsked("the directory is not running") }
        guard !pace.isPaused(.now) else { return .notAsked("it failed a moment ago and is left alone for a while") }
        let place = pace.take(.now)
        guard place < deadline, (try? await Task.sleep(until: place, clock: .continuous)) != nil else {
            return .notAsked("HERALD_PDS_RATE limits the requests")
        }
        guard !pace.isPaused(.now) else { return .notAsked("it failed a moment ago and is left alone for a while") }
        let (answer, retryAfter) = await request.send(patient, with: client)
        switch answer {
        case .known(let details):
            pace.succeeded()
            cache.enter(details, of: patient, until: .now + configuration.timeToLive)
        case .unknown:
            pace.succeeded()
            cache.enter(nil, of: patient, until: .now + configuration.negativeTimeToLive)
        case .unavailable(let reason):
            if !pace.isPaused(.now) {
                logger.warning(
                    "no answer from the Personal Demographics Service",
                    metadata: ["herald.reason": "\(reason)"]
                )
            }
            pace.failed(.now, retryAfter: retryAfter)
        case .notAsked: break
        }
        return answer
    }
}
