import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import Vaccination

@testable import PDS

/// A local server that speaks `GET /Patient/{id}` of the Personal Demographics Service.
final class SamplePDS: Sendable {
    /// An answer: status, body, and headers beside the usual ones.
    struct Answer: Sendable {
        var status = HTTPResponse.Status.ok
        var body: String
        var retryAfter: Int?
    }

    private let answers = Mutex<[String: Answer]>([:])
    private let requests = Mutex<[(number: String, headers: HTTPFields)]>([])
    /// How long each answer takes.
    let delay = Mutex<Duration>(.zero)
    /// What everybody is answered while it is set.
    let outage = Mutex<Answer?>(nil)

    func set(_ patient: NHSNumber, _ answer: Answer) { answers.withLock { $0[patient.digits] = answer } }

    var asked: [String] { requests.withLock { $0.map(\.number) } }
    var lastHeaders: HTTPFields { requests.withLock { $0.last?.headers ?? [:] } }

    static func outcome(_ code: String) -> String {
        #"""
        {"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","details":{"coding":[{"system":
        "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","version":"1","code":"\#(code)","display":"d"}]}}]}
        """#
    }

    /// A Patient in the shape of the service.
    static func patient(
        _ number: NHSNumber,
        practice: String? = "A00001",
        security: String = "U",
        period: String = ""
    ) -> String {
        let gp = practice.map {
            #"""
            "generalPractitioner":[{"id":"254406A3","type":"Organization","identifier":{"system":
            "https://fhir.nhs.uk/Id/ods-organization-code","value":"\#($0)","period":{"start":"2020-01-01"\#(period)}}}],
            """#
        }
        return #"""
            {"resourceType":"Patient","id":"\#(number.digits)","meta":{"versionId":"2","security":[{"system":
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"\#(security)","display":"d"}]},"birthDate":
            "2010-10-22",\#(gp ?? "")"address":[{"use":"temp","postalCode":"EX1 1AA"},{"use":"home","period":{"start":"2015-01-01",
            "end":"2019-01-01"},"postalCode":"M1 1AE"},{"use":"home","period":{"start":"2019-01-02"},"postalCode":"LS1 6AE"}]}
            """#
    }

    /// Runs the server, and a directory that asks it.
    func withDirectory(
        _ change: (inout PDSConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (PDSDirectory) async throws -> Void
    ) async throws {
        let router = Router()
        router.get("/R4/Patient/:id") { request, context in
            let number = try context.parameters.require("id")
            self.requests.withLock { $0.append((number, request.headers)) }
            try await Task.sleep(for: self.delay.withLock(\.self))
            let known = self.outage.withLock(\.self) ?? self.answers.withLock { $0[number] }
            let answer = known ?? Answer(status: .notFound, body: Self.outcome("RESOURCE_NOT_FOUND"))
            var headers: HTTPFields = [.contentType: "application/fhir+json"]
            if let seconds = answer.retryAfter { headers[.retryAfter] = "\(seconds)" }
            return Response(
                status: answer.status,
                headers: headers,
                body: .init(byteBuffer: .init(string: answer.body))
            )
        }
        var logger = Logger(label: "pds")
        logger.logLevel = .critical
        var configuration = PDSConfiguration(baseURL: "")
        configuration.rate = 1000
        change(&configuration)
        try await Application(router: router, logger: logger).test(.live) { [configuration] server in
            var configuration = configuration
            configuration.baseURL = "http://127.0.0.1:\(server.port ?? 0)/R4"
            let directory = PDSDirectory(configuration: configuration, logger: .silent)
            try await running([directory]) {
                // It answers once its service runs.
                try await eventually { await directory.isRunning }
                try await body(directory)
            }
        }
    }
}
