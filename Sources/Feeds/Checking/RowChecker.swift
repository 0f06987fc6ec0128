package import Vaccination

/// Applies the row rules that need no store (csv-feed §5).
///
/// Action flag, permission and identifier end a row with one finding each, in this order. NEW and UPDATE then get all
/// checks together and report everything found, in column order.
///
/// "Today" is the UTC date of `now`, as in the national service, whose results suppliers know. In the first hour after
/// midnight in summer it is still yesterday: a row recorded in that hour and sent within it is refused, and accepted an
/// hour later. Europe/London would need a time zone table in a rule that is otherwise a comparison of integers.
package struct RowChecker: Sendable {
    let vaccineType: VaccineType
    let permissions: FeedPermissions
    /// Microseconds since 1970, UTC.
    let now: Int64

    /// A checker for the rows of one file.
    ///
    /// - Parameters:
    ///   - vaccineType: the type in the file's name.
    ///   - permissions: what the supplier may do with that type.
    ///   - now: microseconds since 1970, UTC.
    package init(vaccineType: VaccineType, permissions: FeedPermissions, now: Int64) {
        self.vaccineType = vaccineType
        self.permissions = permissions
        self.now = now
    }

    /// Checks one row.
    package func check(_ record: FeedRecord) -> RowCheckResult {
        if let fault = record.fault { return reject(record, fault) }
        return RowFields.with(record.flat) { fields in
            guard let action = ActionFlag(utf8: fields[.actionFlag]) else {
                return reject(record, RowFinding(.actionFlag, .actionFlag))
            }
            guard permissions.allows(action) else { return reject(record, .noPermission) }
            guard !fields.isEmpty(.uniqueID), !fields.isEmpty(.uniqueIDURI) else {
                return reject(record, RowFinding(.uniqueIDMissing, .uniqueID))
            }

            let id = RecordID(systemUTF8: fields[.uniqueIDURI], valueUTF8: fields[.uniqueID])
            var findings = record.hasExtraFields ? [RowFinding.extraFields(record.fieldCount)] : []
            if action == .delete {
                return .accepted(.removal(identifier(of: record.flat), id), warnings: findings)
            }
            var inspection = RowInspection(fields: fields, now: now)
            inspection.inspect()
            findings += inspection.findings
            guard let occurrence = inspection.occurrence, !findings.contains(where: { $0.severity == .error }) else {
                return .rejected(findings, identifier: identifier(of: record.flat))
            }
            let accepted = VaccinationRecord(
                flat: record.flat,
                vaccineType: vaccineType,
                id: id,
                nhsNumber: inspection.nhsNumber,
                occurrence: occurrence
            )
            return .accepted(.record(accepted, action), warnings: findings)
        }
    }

    private func reject(_ record: FeedRecord, _ finding: RowFinding) -> RowCheckResult {
        reject([finding], identifier: identifier(of: record.flat))
    }

    private func reject(_ record: FeedRecord, _ fault: FeedRecord.Fault) -> RowCheckResult {
        let identifier = identifier(of: record.flat)
        let storable = RecordIdentifier(
            system: Self.storable(identifier.system),
            value: Self.storable(identifier.value)
        )
        guard fault == .nullCharacter else { return reject([.syntax(fault)], identifier: storable) }
        let columns = FeedColumns.all.filter { column in record.flat.withField(column) { $0.contains(0) } }
        return reject(columns.map { RowFinding(.controlCharacter, $0) }, identifier: storable)
    }

    private func reject(_ findings: [RowFinding], identifier: RecordIdentifier) -> RowCheckResult {
        let isKnown = !identifier.system.isEmpty || !identifier.value.isEmpty
        return .rejected(findings, identifier: isKnown ? identifier : nil)
    }

    private func identifier(of flat: FlatRecord) -> RecordIdentifier {
        RecordIdentifier(system: flat.string(.uniqueIDURI), value: flat.string(.uniqueID))
    }

    /// The text with U+FFFD for U+0000, since a rejected row's identifier is stored and acknowledged too.
    private static func storable(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == "\0" ? "\u{FFFD}" : scalar) }
        return String(scalars)
    }
}
