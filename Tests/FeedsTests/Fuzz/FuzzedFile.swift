import HeraldTestKit
import FHIR
import Feeds
import Vaccination

/// What must hold for any file whatever, valid or not.
struct FuzzedFile {
    let bytes: [UInt8]

    /// Small ones, so that small files reach them.
    static let limits: FeedLimits = {
        var limits = FeedLimits()
        limits.fieldBytes = 700
        limits.rowBytes = 2_500
        limits.rows = 7
        limits.fileBytes = 12_000
        return limits
    }()

    private static let checker = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: SampleIntake.now)
    private static let validator = ImmunizationValidator(vaccineTypes: .builtIn, now: SampleIntake.now)

    /// What does not hold, in words; empty if all is well.
    func faults(using random: inout SplitMix) -> [String] {
        var faults: [String] = []
        let encoding = self.encoding { Int.random(in: 1...900, using: &random) }
        if encoding != self.encoding(nextSize: { .max }) { faults.append("the encoding depends on the chunks") }
        if (encoding == .utf8) != (String(validating: bytes, as: UTF8.self) != nil) {
            faults.append("the encoding is wrong")
        }
        let whole = readFeed(bytes, encoding: encoding, limits: Self.limits)
        let small = random.chance(5)
        let cut = readFeed(bytes, encoding: encoding, limits: Self.limits) {
            small ? 1 : Int.random(in: 1...900, using: &random)
        }
        if cut != whole { faults.append("the rows depend on the chunks") }
        faults += self.faults(of: whole)
        faults += missingRows(whole)
        if let error = whole.error, error.sentence.isEmpty || !error.advice.hasSuffix(".") {
            faults.append("an error does not say what to do")
        }
        return faults
    }

    private func encoding(nextSize: () -> Int) -> FeedEncoding {
        var detector = FeedEncodingDetector()
        var index = 0
        while index < bytes.count {
            let end = index + min(nextSize(), bytes.count - index)
            detector.consume(Array(bytes[index..<end]))
            index = end
        }
        return detector.finish()
    }

    /// Rows are numbered 1…n, lie one behind the other, and each has exactly one outcome.
    private func faults(of result: ReadResult) -> [String] {
        var faults: [String] = []
        if !result.records.map(\.rowNumber).elementsEqual((0..<result.records.count).map { Int64($0 + 1) }) {
            faults.append("rows are not numbered 1 to n")
        }
        var offset: Int64 = 0
        for record in result.records {
            let end = record.endPosition.byteOffset
            if end < offset || end > Int64(bytes.count) {
                faults.append("row \(record.rowNumber) lies at a wrong place")
            }
            offset = end
            faults += self.faults(of: record)
        }
        if result.error == nil, result.position.byteOffset != Int64(bytes.count) {
            faults.append("the end of the file was not reached")
        }
        return faults
    }

    private func faults(of record: FeedRecord) -> [String] {
        let row = "row \(record.rowNumber)"
        switch Self.checker.check(record) {
        case .rejected(let findings, _):
            let outcome = RowFinding.operationOutcome(of: findings)
            guard findings.contains(where: { $0.severity == .error }), !outcome.isEmpty else {
                return ["\(row) is rejected for nothing"]
            }
            return findings.allSatisfy { $0.advice.hasSuffix(".") } ? [] : ["\(row) gets no advice"]
        case .accepted(let checked, let warnings):
            guard warnings.allSatisfy({ $0.severity == .warning }) else { return ["\(row) is accepted with errors"] }
            guard record.fault == nil else { return ["\(row) is accepted with a fault"] }
            guard case .record(let accepted, _) = checked else { return [] }
            return faults(of: accepted, row)
        }
    }

    /// An accepted row makes an Immunization that is accepted too.
    private func faults(of record: VaccinationRecord, _ row: String) -> [String] {
        var writer = ImmunizationWriter()
        var json: [UInt8] = []
        writer.write(record, into: &json)
        guard let resource = try? JSONValue(parsing: json) else { return ["\(row) makes no JSON"] }
        guard case .accepted(let again, _) = Self.validator.check(resource) else {
            return ["\(row) makes an Immunization that is rejected"]
        }
        return again.id == record.id ? [] : ["\(row) makes an Immunization of another record"]
    }

    /// No row is lost: there are as many as a plain parser finds.
    private func missingRows(_ result: ReadResult) -> [String] {
        switch result.error {
        case nil, .unterminatedQuote: break
        default: return []
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let simple = SimpleParser(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
        return simple.rows.count == result.records.count + 1
            ? [] : ["\(result.records.count) rows instead of \(simple.rows.count - 1)"]
    }
}
