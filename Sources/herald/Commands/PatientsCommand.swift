import ArgumentParser
import FHIR
import Foundation
import Store
import Subscriptions
import Vaccination

/// `herald patients`: the patient directory.
struct PatientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patients",
        abstract:
            "Load the patient directory: where patients are registered and live; see whose practice is not known.",
        subcommands: [Load.self, Waiting.self, Unanswered.self, Answer.self]
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load patients from a CSV file; later entries replace earlier ones.",
            discussion: """
                The file begins with a line of column names: nhs_number, and then in any order those that it has of \
                practice (ODS code of the registered practice, empty for somebody registered nowhere), birth_date \
                (YYYY-MM-DD), postcode (of the home), flag (S sensitive or I invalid: nobody is told of such a patient), \
                confidentiality (U unrestricted, R restricted, V very restricted, REDACTED invalid: how far the history is \
                shown) and superseded_by (the NHS number that has taken this one's place; empty for none). \
                A column that is not in the file stays as it is. The file may hold millions of lines; a wrong one is \
                reported before anything is loaded. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The CSV file.") var file: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        /// What the command prints with `--json`.
        struct Outcome: Encodable {
            let loaded: Int
            let unknownPractices: [String]
        }

        func run() async throws {
            var practices: Set<String> = []
            var loaded = 0
            var check = try RegistrationFile(file)
            while let registration = try check.next() {
                loaded += 1
                if let practice = registration.practice { practices.insert(practice) }
            }
            let command = OperatorCommand("herald patients load", by: by)
            let unknown = try await database.withStore(for: command) { [practices] store in
                var source = try RegistrationFile(file)
                while true {
                    let batch = try source.batch(5000)
                    if batch.isEmpty { break }
                    try await store.load(patients: batch, columns: source.columns)
                }
                return try await store.unknownPractices(of: practices)
            }
            if json { return try Console.json(Outcome(loaded: loaded, unknownPractices: unknown)) }
            Console.line("Loaded \(Console.count(loaded, "patient")).")
            guard !unknown.isEmpty else { return }
            Console.complain(
                "Nobody has loaded \(Console.count(unknown.count, "practice")) named here (\(unknown.prefix(5).joined(separator: ", "))"
                    + "\(unknown.count > 5 ? ", …" : "")): their patients' events reach no practice until herald practices load does"
            )
        }
    }
}

/// The file `herald patients load` reads.
struct RegistrationFile {
    /// What the file says of each patient.
    let columns: Set<PatientRegistration.Column>
    private var table: TableFile

    /// - Throws: ``CommandFailure`` for a file without the right header.
    init(_ path: String) throws {
        let names = PatientRegistration.Column.allCases.map(\.rawValue)
        table = try TableFile(path, required: "nhs_number", optional: names)
        columns = Set(table.columns.compactMap(PatientRegistration.Column.init))
    }

    /// The next entry; nil at the end.
    ///
    /// - Throws: ``CommandFailure`` with the line at fault, never with its content.
    mutating func next() throws -> PatientRegistration? {
        guard let row = try table.next() else { return nil }
        guard let number = row.fields["nhs_number"].flatMap({ NHSNumber($0) }) else {
            throw table.failure(row.line, "the first field is not a valid NHS number")
        }
        func value<Value>(
            _ column: PatientRegistration.Column,
            _ rule: String,
            _ read: (Substring) -> Value?
        ) throws -> Value? {
            guard let text = row.fields[column.rawValue], !text.isEmpty else { return nil }
            guard let value = read(text) else { throw table.failure(row.line, "\(column.rawValue) \(rule)") }
            return value
        }
        return PatientRegistration(
            nhsNumber: number,
            practice: try value(.practice, "is not an ODS code") { ODSCode($0)?.text },
            birthDate: try value(.birthDate, "is not a day as YYYY-MM-DD") { CivilDate(iso: $0.utf8.span) },
            postcode: try value(.postcode, "is not a postcode") { Postcode($0) },
            flag: try value(.flag, "is neither S nor I") { PatientRegistration.Flag(rawValue: String($0)) },
            confidentiality: try value(.confidentiality, "is none of U, R, V and REDACTED") {
                Confidentiality(rawValue: String($0))
            },
            supersededBy: try value(.supersededBy, "is not another valid NHS number") {
                NHSNumber($0).flatMap { $0 == number ? nil : $0 }
            }
        )
    }

    /// The next entries, at most `count`; empty at the end.
    mutating func batch(_ count: Int) throws -> [PatientRegistration] {
        var batch: [PatientRegistration] = []
        while batch.count < count, let registration = try next() { batch.append(registration) }
        return batch
    }
}
