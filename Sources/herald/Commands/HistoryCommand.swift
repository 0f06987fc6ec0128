import ArgumentParser
import FHIR
import Foundation
import Vaccination

/// `herald history`: a patient's history as a table.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the vaccination history of one patient, latest first.",
        discussion: """
            Asks a running hub, page after page, as GP systems do over FHIR: deleted records are not shown, and of restricted \
            patients the site is not. The same search over HTTP is POST /FHIR/R4/Immunization/_search.
            """
    )

    @OptionGroup var hub: HubOptions
    @Argument(help: "NHS number, ten digits; one that was superseded shows the history under the present one.")
    var nhsNumber: String
    @Option(help: "Only these vaccine types, for instance FLU,COVID.") var vaccine: String?
    @Option(help: "Only from this day on, YYYY-MM-DD.") var from: String?
    @Option(help: "Only up to this day, YYYY-MM-DD.") var to: String?
    @Option(help: "Ask for so many records at a time, 1 to 500.") var pageSize = 100
    @Flag(help: "Print the FHIR Bundle, all pages in one.") var json = false

    func validate() throws {
        guard (1...500).contains(pageSize) else { throw ValidationError("--page-size must be from 1 to 500") }
    }

    func run() async throws {
        guard let number = NHSNumber(nhsNumber) else {
            throw CommandFailure("the NHS number must be ten digits whose last one is the right check digit")
        }
        var parameters = [
            (name: "patient:identifier", value: "\(FHIRSystem.nhsNumber)|\(number.digits)"),
            (name: "_count", value: String(pageSize)),
        ]
        let options = [("-immunization.target", vaccine), ("-date.from", from), ("-date.to", to)]
        for case (let name, let value?) in options { parameters.append((name, value)) }
        let asked = parameters
        let bundle = try await hub.withHub(scope: "system/Immunization.rs herald/admin.read") {
            try await $0.history(asked)
        }
        if json { return Console.line(String(decoding: bundle.bytes, as: UTF8.self)) }
        let table = HistoryTable(searchset: bundle)
        for warning in table.warnings { Console.complain(warning) }
        guard !table.rows.isEmpty else { return Console.line("No vaccinations on record.") }
        Console.table(HistoryTable.header, table.rows.map { $0.map(Self.short) })
    }

    /// Long terms are cut, so that a row stays on a line; `--json` has them whole.
    private static func short(_ text: String) -> String {
        text.count > 40 ? text.prefix(39) + "…" : text
    }
}

/// The matches of a searchset as rows of text.
struct HistoryTable {
    static let header = ["DATE", "VACCINATION", "DOSE", "PRODUCT", "BATCH", "SITE", "ID", "VERSION"]

    let rows: [[String]]
    /// What the hub said beside the matches.
    let warnings: [String]

    init(searchset bundle: JSONValue) {
        let resources = (bundle["entry"]?.array ?? []).compactMap { $0["resource"] }
        warnings = resources.filter { $0["resourceType"]?.string == "OperationOutcome" }.flatMap {
            ($0["issue"]?.array ?? []).compactMap { $0["diagnostics"]?.string }
        }
        rows = resources.filter { $0["resourceType"]?.string == "Immunization" }.map { resource in
            let procedure = resource["extension"]?[0]?.at("valueCodeableConcept", "coding")?[0]
            let product = resource.at("vaccineCode", "coding")?[0]
            let applied = resource["protocolApplied"]?[0]
            let diseases = applied?["targetDisease"]?.array ?? []
            let disease = diseases.compactMap { $0["coding"]?[0]?["display"]?.string }.joined(separator: ", ")
            return [
                String((resource["occurrenceDateTime"]?.string ?? "").prefix(10)),
                procedure?["display"]?.string ?? disease,
                applied?["doseNumberPositiveInt"]?.number ?? applied?["doseNumberString"]?.string ?? "",
                product?["display"]?.string ?? product?["code"]?.string ?? "",
                resource["lotNumber"]?.string ?? "",
                resource["performer"]?[0]?.at("actor", "identifier", "value")?.string ?? "",
                resource["id"]?.string ?? "",
                resource.at("meta", "versionId")?.string ?? "",
            ]
        }
    }
}
