import ArgumentParser
import FHIR
import Foundation
import Vaccination

/// `herald history`: a patient's history as a table.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the vaccination history of one patient, latest first."
    )

    @OptionGroup var hub: HubOptions
    @Argument(help: "NHS number, ten digits.") var nhsNumber: String
    @Flag(help: "Print the FHIR Bundle.") var json = false

    func run() async throws {
        guard let number = NHSNumber(nhsNumber) else {
            throw CommandFailure("the NHS number must be ten digits whose last one is the right check digit")
        }
        let bytes = try await hub.withHub(scope: "system/Immunization.rs herald/admin.read") {
            try await $0.history(nhsNumber: number.digits)
        }
        if json { return Console.line(String(decoding: bytes, as: UTF8.self)) }
        let rows = try HistoryTable(searchset: bytes).rows
        guard !rows.isEmpty else { return Console.line("No vaccinations on record.") }
        Console.table(
            ["DATE", "VACCINATION", "PRODUCT", "BATCH", "SITE", "ID", "VERSION"],
            rows.map { $0.map(Self.short) }
        )
    }

    /// Long terms are cut, so that a row stays on a line; `--json` has them whole.
    private static func short(_ text: String) -> String {
        text.count > 40 ? text.prefix(39) + "…" : text
    }
}

/// The matches of a searchset as rows of text.
struct HistoryTable {
    let rows: [[String]]

    /// - Throws: `JSONError` for an answer that is no JSON.
    init(searchset: [UInt8]) throws {
        let bundle = try JSONValue(parsing: searchset)
        let resources = (bundle["entry"]?.array ?? []).compactMap { $0["resource"] }
        rows = resources.filter { $0["resourceType"]?.string == "Immunization" }.map { resource in
            let procedure = resource["extension"]?[0]?.at("valueCodeableConcept", "coding")?[0]
            let product = resource.at("vaccineCode", "coding")?[0]
            let diseases = resource["protocolApplied"]?[0]?["targetDisease"]?.array ?? []
            let disease = diseases.compactMap { $0["coding"]?[0]?["display"]?.string }.joined(separator: ", ")
            return [
                String((resource["occurrenceDateTime"]?.string ?? "").prefix(10)),
                procedure?["display"]?.string ?? disease,
                product?["display"]?.string ?? product?["code"]?.string ?? "",
                resource["lotNumber"]?.string ?? "",
                resource["performer"]?[0]?.at("actor", "identifier", "value")?.string ?? "",
                resource["id"]?.string ?? "",
                resource.at("meta", "versionId")?.string ?? "",
            ]
        }
    }
}
