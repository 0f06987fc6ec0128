import Events
import FHIR
import Feeds
import Foundation
import Postgres
import Vaccination

/// What a batch does to the tables, worked out in memory: rows in file order, each seeing the effect of those before.
///
/// Written straight into COPY buffers, because this is the hot path.
struct BatchChange {
    static let recordColumns = [
        "id", "unique_id_uri", "unique_id", "nhs_number", "vaccine_type", "occurrence", "performer", "supplier",
        "version",
        "change", "content_change", "deleted", "updated_at",
    ]
    static let versionColumns = [
        "immunization_id", "change", "version", "kind", "content_change", "resource", "nhs_number", "vaccine_type",
        "performer", "supplier", "committed_at", "feed_id", "row_number",
    ]
    static let outboxColumns = ["shard", "record_id", "change"]
    static let foundColumns = ["feed_id", "row_number", "rejected", "unique_id_uri", "unique_id", "findings"]

    private let rows: [PendingRow]
    private let feedID: UUID
    private let supplier: Supplier
    private let committedAt: Date
    private let instant: String
    private var records: [UUID: RecordChange] = [:]
    private var writer = ImmunizationWriter()
    private let encoder = JSONEncoder()

    private(set) var counts = RowCounts()
    private(set) var created = CopyBuffer()
    private(set) var changed = CopyBuffer()
    private(set) var versions = CopyBuffer()
    private(set) var outbox = CopyBuffer()
    /// Rows in which something was found.
    private(set) var found = CopyBuffer()
    private(set) var outcomes: BatchOutcomes

    init(batch: RowBatch, feed: FeedID, supplier: Supplier, committedAt: Date) {
        rows = batch.rows
        outcomes = BatchOutcomes(capacity: batch.rows.count)
        feedID = feed.uuid
        self.supplier = supplier
        self.committedAt = committedAt
        instant = FHIRInstant(committedAt).description
        // An Immunization with its columns is about 2.3 KB; room for all of them spares growing, which copies.
        versions.bytes.reserveCapacity(batch.rows.count * 2600)
        created.bytes.reserveCapacity(batch.rows.count * 300)
    }

    /// The records the batch is about, each once.
    var recordIDs: [UUID] {
        var ids: Set<UUID> = []
        ids.reserveCapacity(rows.count)
        for case .accepted(let row, _) in rows.lazy.map(\.check) { ids.insert(row.id.uuid) }
        return Array(ids)
    }

    /// Takes in what is stored already.
    mutating func known(_ stored: [RecordChange]) {
        records.reserveCapacity(rows.count)
        for record in stored { records[record.id] = record }
    }

    /// Decides about every row and fills the buffers.
    mutating func decide() {
        for row in rows {
            switch row.check {
            case .accepted(let checked, let warnings): apply(checked, warnings, rowNumber: row.rowNumber)
            case .rejected(let findings, let identifier): reject(findings, identifier, rowNumber: row.rowNumber)
            }
        }
        // In key order: of two feeds that bring the same new records, one waits and neither dies in a deadlock.
        for id in records.values.lazy.filter(\.isTouched).map(\.id).sorted() {
            guard let record = records[id] else { continue }
            if record.isStored {
                Self.append(record, supplier: supplier.name, at: committedAt, to: &changed)
            } else {
                Self.append(record, supplier: supplier.name, at: committedAt, to: &created)
            }
        }
    }

    private mutating func apply(_ row: CheckedRow, _ warnings: [RowFinding], rowNumber: Int64) {
        let id = row.id.uuid
        var record = records[id] ?? RecordChange(unknown: id)
        let effect = RowEffect.decide(
            row.action,
            on: record.state,
            permittedOnStoredType: supplier.permissions[record.vaccineType]?.allows(row.action) ?? false,
            identifier: row.identifier
        )
        if case .rejected(let finding) = effect {
            return reject([finding] + warnings, row.identifier, rowNumber: rowNumber)
        }
        counts.count(effect)
        record.state = record.state.after(effect)
        record.change += 1
        record.isTouched = true
        var content: VaccinationRecord?
        if case .record(let sent, _) = row {
            record.take(sent)
            content = sent
        }
        appendVersion(of: record, content: content, kind: effect.kind, rowNumber: rowNumber)
        outcomes.append(row, rowNumber: rowNumber, outcome: RowOutcome(effect), version: record.state.version)
        records[id] = record
        guard !warnings.isEmpty else { return }
        counts.warned += 1
        appendFindings(warnings, row.identifier, rowNumber: rowNumber, isRejected: false)
    }

    private mutating func appendVersion(
        of record: RecordChange,
        content: VaccinationRecord?,
        kind: EventKind,
        rowNumber: Int64
    ) {
        versions.beginRow(columns: Self.versionColumns.count)
        versions.append(uuid: record.id)
        versions.append(int4: record.change)
        versions.append(int4: record.state.version)
        versions.append(int2: kind.rawValue)
        versions.append(int4: record.contentChange)
        if let content {
            versions.openField()
            writer.write(
                content,
                id: content.id,
                version: record.state.version,
                lastUpdated: instant,
                into: &versions.bytes
            )
            versions.closeField()
        } else {
            versions.appendNull()
        }
        versions.append(int8: record.nhsNumber)
        versions.append(text: record.vaccineType)
        versions.append(utf8: record.performer[...])
        versions.append(text: supplier.name)
        versions.append(timestamp: committedAt)
        versions.append(uuid: feedID)
        versions.append(int8: rowNumber)

        outbox.beginRow(columns: Self.outboxColumns.count)
        outbox.append(int2: Shard(of: RecordID(record.id)).number)
        outbox.append(uuid: record.id)
        outbox.append(int4: record.change)
    }

    /// Static, because a method of `self` would hold a copy of it: the buffer would be shared, and each row copy it whole.
    private static func append(
        _ record: RecordChange,
        supplier: String,
        at committedAt: Date,
        to buffer: inout CopyBuffer
    ) {
        buffer.beginRow(columns: recordColumns.count)
        buffer.append(uuid: record.id)
        if let content = record.record {
            content.flat.withField(.uniqueIDURI) { buffer.append(utf8: $0) }
            content.flat.withField(.uniqueID) { buffer.append(utf8: $0) }
        } else {
            // Only in the table of changes, where the identifier is not looked at.
            buffer.append(text: "")
            buffer.append(text: "")
        }
        buffer.append(int8: record.nhsNumber)
        buffer.append(text: record.vaccineType)
        if let content = record.record {
            buffer.append(timestamp: content.occurrence)
        } else {
            buffer.appendNull()
        }
        buffer.append(utf8: record.performer[...])
        buffer.append(text: supplier)
        buffer.append(int4: record.state.version)
        buffer.append(int4: record.change)
        buffer.append(int4: record.contentChange)
        buffer.append(bool: record.isDeleted)
        buffer.append(timestamp: committedAt)
    }

    private mutating func reject(_ findings: [RowFinding], _ identifier: RecordIdentifier?, rowNumber: Int64) {
        counts.rejected += 1
        appendFindings(findings, identifier, rowNumber: rowNumber, isRejected: true)
    }

    private mutating func appendFindings(
        _ findings: [RowFinding],
        _ identifier: RecordIdentifier?,
        rowNumber: Int64,
        isRejected: Bool
    ) {
        found.beginRow(columns: Self.foundColumns.count)
        found.append(uuid: feedID)
        found.append(int8: rowNumber)
        found.append(bool: isRejected)
        found.append(text: identifier.map(\.system).flatMap(Self.storable))
        found.append(text: identifier.map(\.value).flatMap(Self.storable))
        let stored = findings.map(StoredFinding.init)
        found.append(jsonb: (try? encoder.encode(stored)).map { String(decoding: $0, as: UTF8.self) } ?? "[]")
    }

    /// Text PostgreSQL can store: nil where it holds U+0000.
    private static func storable(_ text: String) -> String? { text.utf8.contains(0) ? nil : text }
}

extension RowEffect {
    /// The event an accepted row makes; a reinstatement goes out as a correction (`csv-feed.md` §6).
    fileprivate var kind: EventKind {
        switch self {
        case .created: .recorded
        case .updated, .reinstated, .rejected: .corrected
        case .deleted: .removed
        }
    }
}
