import Access
import Foundation
import HTTPTypes
package import Hummingbird
package import Vaccination

/// One record: read (`immunisation-history.md` §7).
package struct RecordReadRoute<Store: HistoryStore>: Sendable {
    private let store: Store

    /// - Parameter store: Where the history is read from.
    package init(store: Store) { self.store = store }

    /// Adds the route below `/FHIR/R4/Immunization`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id") { try await read($0, $1) }
    }

    /// `GET /Immunization/{id}`: Q-101.
    @Sendable private func read(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        try caller.mustHave(.read, on: "Immunization")
        let id = context.parameters.get("id") ?? ""
        guard id.utf8.count <= 64, !id.isEmpty, id.utf8.allSatisfy(Self.isIDCharacter) else {
            throw HubError.invalid("The id must be 1 to 64 letters, digits, hyphens or dots.")
        }
        var record: StoredImmunization?
        if let uuid = UUID(uuidString: id) { record = try await store.record(RecordID(uuid)) }
        // To a patient, another person's record is not there.
        guard let record,
            caller.mode != .patient || record.nhsNumber.map({ caller.mayRead(nhsNumber: $0.digits) }) == true
        else { throw HubError.notFound("There is no Immunization with the id \(id).") }
        return .fhir(
            record.resource,
            headers: [.eTag: "W/\"\(record.version)\"", HeaderName.nhsETag: String(record.version)]
        )
    }

    /// `[A-Za-z0-9\-.]`.
    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
