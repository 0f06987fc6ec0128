import Foundation
package import Vaccination

/// What a consumer answers to a data file of the feed (nis-feed.md §6, csv-feed.md §8).
package enum FeedAnswer: Hashable, Sendable {
    /// The InfAck: whether the file arrived and passed the checks of the file.
    case infrastructure(isSuccess: Bool)
    /// The BusAck, as CSV or JSON: the rows that could not be taken.
    case business([RowFailure])

    /// A row that could not be taken.
    package struct RowFailure: Hashable, Sendable {
        /// From 1, without the header.
        package var row: Int64
        /// The record, where the answer names it.
        package var recordID: RecordID?
        package var outcome: String

        package init(row: Int64, recordID: RecordID?, outcome: String) {
            self.row = row
            self.recordID = recordID
            self.outcome = outcome
        }
    }

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - content: Its bytes.
    ///   - name: Its file name, which says of which data file and what kind it is.
    /// - Returns: The answer, and the data file's name without its extension.
    /// - Throws: ``MessagesError/answer(file:)`` for what is none.
    package static func read(
        _ content: [UInt8],
        named name: String
    ) throws(MessagesError) -> (base: String, answer: FeedAnswer) {
        for (mark, isInfrastructure) in [("_InfAck_", true), ("_BusAck_", false)] {
            guard let place = name.range(of: mark, options: .backwards) else { continue }
            let base = String(name[..<place.lowerBound])
            let answer =
                isInfrastructure
                ? infrastructure(content)
                : name.lowercased().hasSuffix(".json") ? json(content) : csv(content)
            guard let answer, !base.isEmpty else { break }
            return (base, answer)
        }
        throw .answer(file: name)
    }

    private static func infrastructure(_ content: [UInt8]) -> FeedAnswer? {
        let records = PipedText.records(content)
        guard records.count == 2, let column = records[0].firstIndex(of: "HEADER_RESPONSE_CODE"),
            column < records[1].count
        else { return nil }
        switch records[1][column] {
        case "Success": return .infrastructure(isSuccess: true)
        case "Failure": return .infrastructure(isSuccess: false)
        default: return nil
        }
    }

    private static func csv(_ content: [UInt8]) -> FeedAnswer? {
        let records = PipedText.records(content)
        guard let header = records.first, let id = header.firstIndex(of: "MESSAGE_HEADER_ID"),
            let localID = header.firstIndex(of: "LOCAL_ID"), let outcome = header.firstIndex(of: "OPERATION_OUTCOME")
        else { return nil }
        var failures: [RowFailure] = []
        for record in records.dropFirst() {
            guard record.count == header.count, let row = record[id].split(separator: "^").last.flatMap({ Int64($0) })
            else { return nil }
            // The older service lists rows that it took too (csv-feed.md §8.2).
            if header.firstIndex(of: "HEADER_RESPONSE_CODE").map({ record[$0] == "OK" }) == true { continue }
            failures.append(RowFailure(row: row, recordID: recordID(record[localID]), outcome: record[outcome]))
        }
        return .business(failures)
    }

    private struct Report: Decodable {
        struct Failure: Decodable {
            let rowId: Int64
            let localId: String?
            let operationOutcome: String?
        }

        let failures: [Failure]
    }

    private static func json(_ content: [UInt8]) -> FeedAnswer? {
        guard let report = try? JSONDecoder().decode(Report.self, from: Data(content)) else { return nil }
        return .business(
            report.failures.map { failure in
                RowFailure(
                    row: failure.rowId,
                    recordID: failure.localId.flatMap(recordID),
                    outcome: failure.operationOutcome ?? ""
                )
            }
        )
    }

    /// `<UNIQUE_ID>^<UNIQUE_ID_URI>`.
    private static func recordID(_ text: String) -> RecordID? {
        guard let mark = text.lastIndex(of: "^"), mark > text.startIndex else { return nil }
        let system = text[text.index(after: mark)...]
        guard !system.isEmpty else { return nil }
        return RecordID(RecordIdentifier(system: String(system), value: String(text[..<mark])))
    }
}

/// Records of fields with `|` between them, some in quotes.
private enum PipedText {
    static func records(_ content: [UInt8]) -> [[String]] {
        var records: [[String]] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var position = 0
        func text() -> String { String(decoding: field, as: UTF8.self) }
        while position < content.count {
            let byte = content[position]
            position += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if position < content.count, content[position] == byte {
                    field.append(byte)
                    position += 1
                } else {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
            case UInt8(ascii: "|"):
                fields.append(text())
                field = []
            case UInt8(ascii: "\n"):
                if field.last == UInt8(ascii: "\r") { field.removeLast() }
                records.append(fields + [text()])
                fields = []
                field = []
            default: field.append(byte)
            }
        }
        if !fields.isEmpty || !field.isEmpty { records.append(fields + [text()]) }
        return records
    }
}
