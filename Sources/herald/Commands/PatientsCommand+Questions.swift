import ArgumentParser
import Foundation
import Operations
import Store
import Vaccination

extension PatientsCommand {
    /// `herald patients unanswered`: who holds routing up.
    struct Unanswered: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List patients for whom the Personal Demographics Service gives no answer.",
            discussion: """
                Their events wait, and those behind them in the same part of the log. As long as the service is away, nothing \
                is to be done: it is asked again. Where it answers for others and not for somebody, say what counts in its \
                place: herald patients answer. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let questions = try await database.withStore { try await $0.directoryQuestions() }
            if json { return try Console.json(questions) }
            if questions.isEmpty { return Console.line("Everybody has been answered for.") }
            for question in questions {
                let standing =
                    question.settledBy.map { "answered by \($0)" }
                    ?? "\(Console.count(question.tries, "failed request")), last \(question.triedAt.formatted(.iso8601))"
                Console.line("\(question.nhsNumber)  since \(question.since.formatted(.iso8601))  \(standing)")
                if question.settledBy == nil { Console.line("            \(question.reason)") }
            }
        }
    }

    /// `herald patients answer`: what counts where the service is silent.
    struct Answer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what counts of a patient for whom the Personal Demographics Service gives no answer.",
            discussion: """
                Counts until the service answers for the patient by itself; what was sent until then stays sent. Ask the \
                practice, or another way into the service, first: the practice named here is sent the vaccination. \
                Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The NHS number.") var number: String
        @Option(help: "ODS code of the practice where the patient is registered.") var practice: String?
        @Flag(help: "The patient is registered nowhere.") var unregistered = false
        @Flag(help: "Nobody but the national feed is told of the patient.") var restricted = false
        @Option(help: "Who says so, for the record.") var by = Operator.name

        func validate() throws {
            guard NHSNumber(number) != nil else { throw ValidationError("not a valid NHS number") }
            guard [practice != nil, unregistered, restricted].count(where: \.self) == 1 else {
                throw ValidationError("give one of --practice CODE, --unregistered and --restricted")
            }
            if let practice, ODSCode(practice) == nil { throw ValidationError("--practice must be an ODS code") }
        }

        func run() async throws {
            guard let patient = NHSNumber(number) else { return }
            let code = practice.flatMap { ODSCode($0)?.text }
            let command = OperatorCommand("herald patients answer", by: by)
            let isSettled = try await database.withStore(for: command) { store in
                try await store.settle(patient, practice: code, isRestricted: restricted, by: by)
            }
            guard isSettled else {
                throw CommandFailure(
                    "nothing waits for an answer about this patient: herald patients unanswered lists whom events wait for"
                )
            }
            Console.line("The patient's events go on at the router's next try.")
        }
    }
}
