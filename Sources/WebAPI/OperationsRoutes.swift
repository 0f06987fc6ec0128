import Access
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore
package import Operations
import Vaccination

/// What operators ask: where everything stands, and the way of one vaccination.
package struct OperationsRoutes<Store: TraceStore & HubStateStore>: Sendable {
    private let store: Store
    private let watch: StateWatch<Store>

    /// - Parameters:
    ///   - store: Where ways are traced.
    ///   - watch: Lends the hub's state.
    package init(store: Store, watch: StateWatch<Store>) {
        self.store = store
        self.watch = watch
    }

    /// Adds `state` and `trace` to the operators' group.
    package func add(to group: RouterGroup<HubContext>) {
        group.get("state") { _, _ in
            guard let reading = await watch.reading() else { throw HubError.unavailable }
            return Response.json(try Self.encode(reading.state))
        }
        group.post("trace") { try await trace($0, $1) }
    }

    /// `POST /admin/trace`: the NHS number stands in the body, for URLs end up in logs.
    @Sendable private func trace(_ request: Request, _ context: HubContext) async throws -> Response {
        // Which vaccinations a patient has is patient data: the operator's right alone does not do.
        try context.requireCaller().mustHave([.read, .search], on: "Immunization")
        let body = try await request.body.collect(upTo: 16 << 10)
        guard let asked = try? JSONDecoder().decode(TraceRequest.self, from: Data(body.readableBytesView)) else {
            throw HubError.invalid(TraceRequest.rule)
        }
        let start = try asked.start()
        if case .patient(let number) = start { context.audit.note { $0.patient = PatientNumber(number.digits) } }
        return Response.json(try Self.encode(try await store.trace(start)))
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

/// What is to be traced, as the body of `POST /admin/trace`.
package struct TraceRequest: Codable, Sendable {
    static let rule = "The body must be JSON: {\"nhsNumber\": …}, or {\"uniqueID\": …} with or without \"system\"."

    package var nhsNumber: String?
    package var uniqueID: String?
    package var system: String?

    /// What a person types: an NHS number, `SYSTEM|UNIQUE_ID`, or a unique id or record id alone.
    package init(_ text: String) {
        if NHSNumber(text) != nil {
            nhsNumber = text
        } else if let bar = text.firstIndex(of: "|") {
            system = String(text[..<bar])
            uniqueID = String(text[text.index(after: bar)...])
        } else {
            uniqueID = text
        }
    }

    func start() throws(HubError) -> TraceStart {
        switch (nhsNumber, uniqueID) {
        case (let digits?, nil):
            guard let number = NHSNumber(digits) else {
                throw .invalid("The nhsNumber must be ten digits whose last one is the right check digit.")
            }
            return .patient(number)
        case (nil, let value?) where !value.isEmpty && !value.utf8.contains(0):
            guard let system else { return .name(value) }
            return .identifier(RecordIdentifier(system: system, value: value))
        default:
            throw .invalid(Self.rule)
        }
    }
}
