/// The account of one sample file: its rows, and what an intake must have made of them so far (csv-feed §6).
struct SampleLedger: Sendable {
    private let vaccineType: String
    private let fileName: String
    private let practiceCodes: [String: String]
    private var recordsByKey: [SampleRecordKey: SampleRecord] = [:]
    private var order: [SampleRecordKey] = []

    private(set) var rows: [SampleRow] = []
    private(set) var events: [SampleEvent] = []

    /// Opens an empty account; `practiceCodes` has the registered practice by NHS number.
    init(vaccineType: String, fileName: String, practiceCodes: [String: String]) {
        self.vaccineType = vaccineType
        self.fileName = fileName
        self.practiceCodes = practiceCodes
    }

    /// The records in the order in which they were first sent.
    var records: [SampleRecord] {
        order.compactMap { recordsByKey[$0] }
    }

    /// Whether there is a record that a change of this kind can be about.
    func hasRecord(deleted: Bool) -> Bool {
        recordsByKey.values.contains { $0.isDeleted == deleted }
    }

    /// Any live record, or any deleted one; nil where there is none.
    func pick(deleted: Bool, random: inout SampleRandom) -> SampleRecord? {
        let candidates = records.filter { $0.isDeleted == deleted }
        return candidates.isEmpty ? nil : random.pick(candidates)
    }

    /// Adds a row that must be refused.
    mutating func refuse(_ fields: SampleFields, column: SampleColumn, kind: String) {
        append(fields, .rejected(column: column, kind: kind))
    }

    /// Adds a row that must take effect.
    mutating func accept(_ fields: SampleFields, as outcome: SampleOutcome) {
        append(fields, outcome)
        let key = SampleRecordKey(uri: fields[.uniqueIDURI], id: fields[.uniqueID])
        let previous = recordsByKey[key]
        if previous == nil { order.append(key) }
        let isDeleted = outcome == .deleted
        let kept = isDeleted ? previous?.fields ?? fields : fields
        let record = SampleRecord(
            key: key,
            vaccineType: vaccineType,
            version: (previous?.version ?? 0) + (isDeleted ? 0 : 1),
            isDeleted: isDeleted,
            nhsNumber: kept[.nhsNumber].isEmpty ? nil : kept[.nhsNumber],
            fields: kept
        )
        recordsByKey[key] = record
        events.append(
            SampleEvent(
                key: key,
                outcome: outcome,
                version: record.version,
                vaccineType: vaccineType,
                fileName: fileName,
                row: rows.count,
                nhsNumber: record.nhsNumber,
                practiceCode: record.nhsNumber.flatMap { practiceCodes[$0] }
            )
        )
    }

    private mutating func append(_ fields: SampleFields, _ outcome: SampleOutcome) {
        rows.append(SampleRow(number: rows.count + 1, fields: fields, outcome: outcome))
    }
}
