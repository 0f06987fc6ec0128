package import Access
import FHIR
package import Feeds
package import Foundation
import HTTPTypes
package import Hummingbird
package import Vaccination

/// Create, update and delete of single records (`immunisation-history.md` §7).
///
/// What may be written and what becomes of it is decided by the rules that rows of feeds keep, and a change takes the same
/// way to the subscribers.
package struct RecordWriteRoutes<Store: RecordStore & HistoryStore & ReferenceReader>: Sendable
where Store.AuditEntry == AuditRecord {
    /// How often a write is decided anew after others changed its record at the same moment.
    private static var raceRetries: Int { 20 }

    let store: Store
    private let baseURL: String
    let redactsRestricted: Bool
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - store: Where records are written and the vaccine types and suppliers are read.
    ///   - publicURL: The hub's public address; the FHIR base is made from it.
    ///   - redactsRestricted: Whether restricted patients' records are redacted (§6).
    ///   - now: The clock, by which a date lies in the future.
    package init(
        store: Store,
        publicURL: String,
        redactsRestricted: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.redactsRestricted = redactsRestricted
        baseURL = publicURL + "/FHIR/R4"
        self.now = now
    }

    /// Adds the routes at and below `/FHIR/R4/Immunization`.
    package func add(to group: RouterGroup<HubContext>) {
        group.post { try await create($0, $1) }
        group.put(":id") { try await update($0, $1) }
        group.delete(":id") { try await delete($0, $1) }
    }

    /// `POST /Immunization`: Q-102, in its order.
    @Sendable private func create(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.create)
        try Self.require(.create, context)
        try JSONBody.checkHead(request)
        let body = try await JSONBody.read(request, context)
        try Self.refuse(ImmunizationWriteRules.findings(creating: body), at: ["Immunization.id"])
        let reference = try await store.reference()
        let content = try checked(body.withoutConfidentiality, reference)
        let written = try await commit(content.id, context, reference, status: .created) { stored in
            try HubError.refusing { () throws(RecordRefusal) in
                try RecordPlan(creating: content, over: stored) { context.permissions.allows(.create, on: $0) }
            }
        }
        var headers = EntityTag.headers(version: written.version, modified: written.committedAt)
        headers[.location] = "\(baseURL)/Immunization/\(written.id)"
        return try await answer(request, context, written, status: .created, headers: headers)
    }

    /// `PUT /Immunization/{id}`, in their order.
    @Sendable private func update(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.update)
        try Self.require(.update, context)
        try JSONBody.checkHead(request)
        guard let expected = ExpectedVersion(request) else {
            throw HubError.invariant(
                "An update needs the version it is based on: send If-Match: W/\"1\" or E-Tag: 1 with the record's version."
            )
        }
        let path = try RecordPath(context)
        let version = try expected.number()
        let body = try await JSONBody.read(request, context)
        try Self.refuse(ImmunizationWriteRules.findings(updating: body, id: path.text), at: ["Immunization.id"])
        let reference = try await store.reference()
        let written = try await commit(path.id, context, reference, status: .ok) { stored in
            let content = try checked(try await restored(body.withoutConfidentiality, from: stored), reference)
            return try HubError.refusing(path, expected, version) { () throws(RecordRefusal) in
                guard let stored else { throw .notFound }
                return try RecordPlan(updating: stored, to: content, at: version) {
                    context.permissions.allows(.update, on: $0)
                }
            }
        }
        let headers = EntityTag.headers(version: written.version, modified: written.committedAt)
        return try await answer(request, context, written, status: .ok, headers: headers)
    }

    /// `DELETE /Immunization/{id}`: Q-107; a version may be named, and is then compared.
    @Sendable private func delete(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.delete)
        try Self.require(.delete, context)
        let path = try RecordPath(context)
        let expected = ExpectedVersion(request)
        let version = try expected?.number()
        let reference = try await store.reference()
        // An answer with a body is no 204, in the audit trail neither.
        let status: HTTPResponse.Status = Preferences(request).answer == .operationOutcome ? .ok : .noContent
        let written = try await commit(path.id, context, reference, status: status) { stored in
            try HubError.refusing(path, expected, version) { () throws(RecordRefusal) in
                try RecordPlan(deleting: stored, at: version) { context.permissions.allows(.delete, on: $0) }
            }
        }
        return try await answer(request, context, written, status: status, headers: [:])
    }

    /// Decides and writes; where another writer was quicker, decides anew on what is there now.
    private func commit(
        _ id: RecordID?,
        _ context: HubContext,
        _ reference: ReferenceData,
        status: HTTPResponse.Status,
        _ decide: (RecordSnapshot?) async throws -> RecordPlan
    ) async throws -> RecordVersion {
        for _ in 0...Self.raceRetries {
            let stored: RecordSnapshot? = if let id { try await store.snapshot(of: id) } else { nil }
            let plan = try await decide(stored)
            let author = try context.author(of: plan, among: reference.suppliers)
            let written = try await store.commit(plan, by: author) { version in
                context.note(
                    version.id,
                    version: version.version,
                    patient: version.nhsNumber,
                    vaccineTypes: [version.vaccineType]
                )
                return context.audit.finished(status: status.code)
            }
            guard let written else { continue }
            context.audit.markCommitted()
            return written
        }
        throw HubError.conflict
    }

    /// The body with what a reader of a restricted patient's record was not shown put back.
    private func restored(_ body: JSONValue, from stored: RecordSnapshot?) async throws -> JSONValue {
        guard let stored, let number = stored.nhsNumber else { return body }
        let redaction = Redaction(try await store.person(number).confidentiality)
        guard redaction.confidentiality != .unrestricted else { return body }
        return redaction.restoringSite(of: body, from: try JSONValue(parsing: stored.resource))
    }

    /// The resource as a record.
    ///
    /// - Throws: ``HubError`` 400 with all faults in one text.
    private func checked(_ body: JSONValue, _ reference: ReferenceData) throws(HubError) -> VaccinationRecord {
        let microseconds = Int64((now().timeIntervalSince1970 * 1_000_000).rounded())
        let validator = ImmunizationValidator(vaccineTypes: reference.vaccineTypes, now: microseconds)
        switch validator.check(body) {
        case .accepted(let record, _): return record
        case .rejected(let findings): throw .invariant(Self.text(findings))
        }
    }

    private static func refuse(_ findings: [RowFinding], at expression: [String]) throws(HubError) {
        guard findings.isEmpty else { throw .invariant(text(findings), at: expression) }
    }

    /// A text names elements as they came, and there may be many: an answer is not to be as long as the question.
    private static func text(_ findings: [RowFinding]) -> String {
        let text = RowFinding.operationOutcome(of: findings)
        return text.utf8.count > 16 << 10 ? text.prefix(12 << 10) + "… and more" : text
    }

    /// Writes take a system's token: no scope of a patient or a worker covers them (`auth.md` §11, §12).
    private static func require(_ interaction: Interactions, _ context: HubContext) throws(HubError) {
        let caller = try context.requireCaller()
        do throws(AccessError) {
            try caller.require(.resource(.system, "Immunization", interaction))
        } catch {
            throw HubError(error)
        }
    }
}
