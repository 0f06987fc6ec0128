import Access
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird
package import Vaccination

/// One record and its versions: read, vread and history (`immunisation-history.md` §2, §7).
package struct RecordReadRoutes<Store: RecordStore & HistoryStore>: Sendable {
    let store: Store
    let baseURL: String
    let redactsRestricted: Bool

    /// - Parameters:
    ///   - store: Where records and their versions are kept.
    ///   - publicURL: The hub's public address; the FHIR base is made from it.
    ///   - redactsRestricted: Whether restricted patients' records are redacted (§6).
    package init(store: Store, publicURL: String, redactsRestricted: Bool = true) {
        self.store = store
        self.redactsRestricted = redactsRestricted
        baseURL = publicURL + "/FHIR/R4"
    }

    /// Adds the routes below `/FHIR/R4/Immunization`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id") { try await read($0, $1) }
        group.get(":id/_history") { try await history($0, $1) }
        group.get(":id/_history/:vid") { try await readVersion($0, $1) }
    }

    /// `GET /Immunization/{id}`: Q-101.
    @Sendable private func read(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.read)
        let path = try Self.path(context)
        try FormatParameter.check(request)
        guard let record = try await snapshot(path, context), !record.isDeleted else { throw path.notFound }
        try context.mustBePermitted(.read, on: record.vaccineType)
        let redaction = try await redaction(of: [record.nhsNumber], context)
        context.note(
            record.id,
            version: record.version,
            patient: record.nhsNumber,
            vaccineTypes: [record.vaccineType],
            redaction
        )
        return try answer(
            request,
            version: record.version,
            modified: record.committedAt,
            resource: record.resource,
            redaction
        )
    }

    /// `GET /Immunization/{id}/_history/{vid}`: one version, of a deleted record too.
    @Sendable private func readVersion(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.vread)
        let path = try Self.path(context)
        try FormatParameter.check(request)
        let record = try await snapshot(path, context)
        guard let record, context.caller?.mode != .patient || !record.isDeleted else { throw path.notFound }
        let text = context.parameters.get("vid") ?? ""
        // Another text is the id of no version; Int32 would take a sign.
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let number = isNumber ? Int32(text) : nil
        let version: RecordVersion? =
            if let number { try await store.version(number, of: record.id) } else { nil }
        // A version about another person is not there for a patient, though the record be theirs now.
        guard let version, let resource = version.resource, try await mayShow(version.nhsNumber, context) else {
            throw HubError.notFound("The Immunization \(path.text) has no such version.")
        }
        for type in Set([version.vaccineType, record.vaccineType]) { try context.mustBePermitted(.read, on: type) }
        let redaction = try await redaction(of: [record.nhsNumber, version.nhsNumber], context)
        context.note(
            record.id,
            version: version.version,
            patient: version.nhsNumber,
            vaccineTypes: [version.vaccineType],
            redaction
        )
        return try answer(
            request,
            version: version.version,
            modified: version.committedAt,
            resource: resource,
            redaction
        )
    }

    private func answer(
        _ request: Request,
        version: Int32,
        modified: Date,
        resource: [UInt8],
        _ redaction: Redaction
    ) throws -> Response {
        let headers = EntityTag.headers(version: version, modified: modified)
        if EntityTag.isKnown(version, to: request) { return Response(status: .notModified, headers: headers) }
        return .fhir(try redaction.apply(toBytes: resource), headers: headers)
    }

    /// What is taken out of records about these people: as the strictest of their codes has it.
    func redaction(of numbers: [NHSNumber?], _ context: HubContext) async throws -> Redaction {
        try await store.redaction(of: numbers, isOn: redactsRestricted, for: context)
    }

    static func path(_ context: HubContext) throws -> RecordPath {
        try context.requireCaller().mustHave(.read, on: "Immunization")
        return try RecordPath(context)
    }

    /// The record of a path, deleted ones too; to a patient, another person's record is not there.
    func snapshot(_ path: RecordPath, _ context: HubContext) async throws -> RecordSnapshot? {
        guard let id = path.id, let record = try await store.snapshot(of: id),
            try await mayShow(record.nhsNumber, context)
        else { return nil }
        return record
    }

    /// Whether records under a number may be shown to the caller at all: a patient's own are those under any number they
    /// ever had.
    func mayShow(_ number: NHSNumber?, _ context: HubContext) async throws -> Bool {
        let caller = try context.requireCaller()
        guard caller.mode == .patient else { return true }
        guard let number, let own = caller.nhsNumber.flatMap({ NHSNumber($0.digits) }) else { return false }
        if own == number { return true }
        return try await store.person(own).numbers.contains(number)
    }
}

extension HistoryStore {
    /// What is taken out of records about these people for a caller: as the strictest of their codes has it.
    func redaction(of numbers: [NHSNumber?], isOn: Bool, for context: HubContext) async throws -> Redaction {
        var strictest = Confidentiality.unrestricted
        for number in Set(numbers.compactMap(\.self)) {
            strictest = max(strictest, try await person(number).confidentiality)
        }
        // Never in a patient's mode.
        let isUnredacted = context.client?.isUnredacted == true && context.caller?.mode != .patient
        return Redaction(strictest, isOn: isOn, isUnredacted: isUnredacted)
    }
}

extension Redaction {
    /// A stored Immunization as it may be shown; one of which nothing is taken out is not even read.
    func apply(toBytes stored: [UInt8]) throws -> [UInt8] {
        guard confidentiality != .unrestricted else { return stored }
        return apply(to: try JSONValue(parsing: stored)).bytes
    }
}

extension HubContext {
    /// Refuses with a 403 what the caller may not do with records of a vaccine type.
    func mustBePermitted(_ operation: VaccineOperation, on vaccineType: String) throws(HubError) {
        guard permissions.allows(operation, on: vaccineType) else {
            throw .forbidden("The client has no permission to \(operation) records of \(vaccineType).")
        }
    }
}
