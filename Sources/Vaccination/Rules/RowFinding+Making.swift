extension RowFinding {
    /// A finding about a column, with the text csv-feed §7 gives for its kind.
    ///
    /// - Parameters:
    ///   - kind: a kind whose text needs nothing but the column.
    ///   - column: the column it was found in.
    ///   - location: where in the resource, if not where a row's value stands.
    package init(_ kind: RowFindingKind, _ column: FeedColumn, at location: String? = nil) {
        self.init(kind: kind, column: column, text: kind.text(for: column, at: location))
    }

    /// A value with more than `limit` characters.
    static func maxLength(_ limit: Int, _ column: FeedColumn, at location: String? = nil) -> RowFinding {
        RowFinding(
            kind: .maxLength,
            column: column,
            text: "\(location ?? column.fhirValueLocation) must be \(limit) or fewer characters"
        )
    }

    /// Neither SITE_CODE nor SITE_CODE_TYPE_URI: one text for both.
    static func organizationMissing(_ column: FeedColumn) -> RowFinding {
        RowFinding(
            kind: .mandatory,
            column: column,
            text: "There must be exactly one performer.actor[?@.type=='Organization'] with type 'Organization'"
        )
    }

    /// Neither VACCINATION_PROCEDURE_CODE nor _TERM.
    static let procedureMissing = RowFinding(
        kind: .mandatory,
        column: .vaccinationProcedureCode,
        text: "extension is a mandatory field"
    )

    /// All of the first six columns are empty.
    static func patientMissing(practitionerPresent: Bool) -> RowFinding {
        RowFinding(
            kind: .patientMissing,
            column: nil,
            text: practitionerPresent
                ? "contained must contain exactly one Patient resource" : "contained is a mandatory field"
        )
    }

    /// A string of an Immunization that PostgreSQL cannot store.
    static let nullCharacter = RowFinding(
        kind: .controlCharacter,
        column: nil,
        text: "The resource holds the character U+0000"
    )

    /// The action is not allowed, by the file's vaccine type or by the stored record's (csv-feed.md §2).
    package static let noPermission = RowFinding(
        kind: .noPermission,
        column: .actionFlag,
        text: "No permissions for requested operation"
    )

    /// A NEW for a live record.
    package static func duplicate(_ identifier: RecordIdentifier) -> RowFinding {
        RowFinding(
            kind: .duplicate,
            column: .uniqueID,
            text: "The provided identifier: \(identifier.system)#\(identifier.value) is duplicated"
        )
    }

    /// An UPDATE or DELETE of what is not there.
    package static func notFound(_ identifier: RecordIdentifier) -> RowFinding {
        RowFinding(
            kind: .notFound,
            column: .uniqueID,
            text: "Immunization resource does not exist. ID: \(identifier.system)#\(identifier.value)"
        )
    }

    /// The row could not be processed, by no fault of its own; the cause is in the log.
    package static let `internal` = RowFinding(
        kind: .internal,
        column: nil,
        text: "An unhandled error occurred during batch processing"
    )
}
