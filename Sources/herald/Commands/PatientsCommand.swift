import ArgumentParser
import Foundation
import Store
import Subscriptions
import Vaccination

/// `herald patients`: the patient directory.
struct PatientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patients",
        abstract: "Load the patient directory: which practice a patient is registered with.",
        subcommands: [Load.self]
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load registrations from a CSV file; later entries replace earlier ones.",
            discussion: """
                The file begins with the line nhs_number,practice; each further line holds an NHS number and the ODS code \
                of the practice, which is empty for somebody registered nowhere. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The CSV file.") var file: String
        @Flag(help: "Print JSON.") var json = false

        /// What the command prints with `--json`.
        struct Outcome: Encodable {
            let loaded: Int
            let unknownPractices: [String]
        }

        func run() async throws {
            let registrations = try RegistrationFile.read(file)
            let unknown = try await database.withStore { store in
                var rest = registrations[...]
                while !rest.isEmpty {
                    try await store.load(patients: Array(rest.prefix(5000)))
                    rest = rest.dropFirst(5000)
                }
                return try await store.unknownPractices(of: Set(registrations.compactMap(\.practice)))
            }
            if json { return try Console.json(Outcome(loaded: registrations.count, unknownPractices: unknown)) }
            Console.line("Loaded \(Console.count(registrations.count, "patient")).")
            guard !unknown.isEmpty else { return }
            Console.complain(
                "Nobody has loaded \(Console.count(unknown.count, "practice")) named here (\(unknown.prefix(5).joined(separator: ", "))"
                    + "\(unknown.count > 5 ? ", …" : "")): their patients' events reach no practice until herald practices load does"
            )
        }
    }
}

/// The file `herald patients load` reads.
enum RegistrationFile {
    static let header = "nhs_number,practice"

    /// - Throws: ``CommandFailure`` with the line at fault, never with its content.
    static func read(_ path: String) throws -> [PatientRegistration] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("\(path) cannot be read as UTF-8 text")
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == header[...] else { throw CommandFailure("\(path) must begin with the line \(header)") }
        return try lines.enumerated().dropFirst().compactMap { number, line in
            guard !line.isEmpty else { return nil }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 2, let nhsNumber = NHSNumber(fields[0]) else {
                throw CommandFailure(
                    "\(path), line \(number + 1): expected a valid NHS number, a comma and an ODS code"
                )
            }
            guard !fields[1].isEmpty else { return PatientRegistration(nhsNumber: nhsNumber, practice: nil) }
            guard let practice = ODSCode(String(fields[1])) else {
                throw CommandFailure("\(path), line \(number + 1): the practice is not an ODS code")
            }
            return PatientRegistration(nhsNumber: nhsNumber, practice: practice.text)
        }
    }
}
