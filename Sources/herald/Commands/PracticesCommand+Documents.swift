import ArgumentParser
import Foundation
import Operations
import Store

extension PracticesCommand {
    /// `herald practices documents`: what became of the documents that practices got by MESH.
    struct Documents: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List documents sent to practices by MESH that a person has to look at, or others.",
            discussion: """
                refused: the practice said so, with a code, and nothing is sent again by itself; undelivered: not collected \
                twice; silent: no answer for a day; no-business-answer: the practice has the message and has not said for \
                seven days whether it was filed. Others: composed, accepted, received, filed. Only ids are shown: herald \
                trace shows more. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only documents in this state; may be given again.") var state: [String] = []
        @Option(help: "How many are listed.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        private static let states = PracticeDocumentState.needingPerson + ["composed", "accepted", "received", "filed"]

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
            if let unknown = state.first(where: { !Self.states.contains($0) }) {
                throw ValidationError("\(unknown) is no state; write \(Self.states.joined(separator: ", "))")
            }
        }

        func run() async throws {
            let wanted = state.isEmpty ? PracticeDocumentState.needingPerson : state
            let (documents, counts) = try await database.withStore { store in
                (try await store.documents(in: wanted, limit: limit), try await store.documentCounts())
            }
            if json { return try Console.json(documents) }
            let summary = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            Console.line(summary.isEmpty ? "No documents were made yet." : "Documents: \(summary).")
            for document in documents {
                let state = [document.state, document.code].compactMap(\.self).joined(separator: " ")
                Console.line(
                    "\(document.composedAt.formatted(.iso8601))  \(document.practice)  \(document.record) version "
                        + "\(document.version)  \(state)  MESH \(document.message ?? "-")"
                )
            }
        }
    }
}
