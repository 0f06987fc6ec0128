/// The checks of a NEW or UPDATE row: formats, code forms and mandatory columns together (csv-feed.md §5.1, 5-7).
package struct RowInspection {
    private let fields: RowFields
    private var values: ValueInspection

    /// An inspection that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - fields: the row.
    ///   - now: microseconds since 1970, UTC.
    package init(fields: RowFields, now: Int64) {
        self.fields = fields
        values = ValueInspection(now: now)
    }

    /// What was found, in column order.
    package var findings: [RowFinding] { values.findings }
    /// The patient's NHS number, if there is a good one.
    package var nhsNumber: NHSNumber? { values.nhsNumber }
    /// Microseconds since 1970, UTC; nil unless DATE_AND_TIME was found good.
    package var occurrence: Int64? { values.occurrence }

    /// Looks at every column.
    package mutating func inspect() {
        let patientIsMissing = Self.patientColumns.allSatisfy(fields.isEmpty)
        if patientIsMissing {
            let practitionerPresent =
                !fields.isEmpty(.performingProfessionalForename) || !fields.isEmpty(.performingProfessionalSurname)
            values.findings.append(.patientMissing(practitionerPresent: practitionerPresent))
        }
        for column in FeedColumn.inOrder {
            let field = fields[column]
            if !field.isEmpty {
                inspect(column, field)
            } else if column.isMandatory, !(patientIsMissing && column.rawValue <= FeedColumn.personPostcode.rawValue) {
                values.findings.append(missing(column))
            }
        }
    }

    private mutating func inspect(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>) {
        switch column {
        case .actionFlag: break  // read before
        case .nhsNumber: values.inspectNHSNumber(field)
        case .personForename: values.inspectName(column, field, limit: NameLimit.forename)
        case .personSurname: values.inspectName(column, field, limit: NameLimit.surname)
        case .personDOB: values.inspectBirthDate(FeedDate.parse(field))
        case .personGenderCode:
            if field.count != 1 || Gender(code: field[0]) == nil { values.inspectGender(field) }
        case .dateAndTime: values.inspectOccurrence(FeedDateTime.parse(field))
        case .recordedDate: values.inspectRecorded(day: FeedDate.parse(field))
        case .primarySource:
            if !ASCIIWord.matches(field, "true"), !ASCIIWord.matches(field, "false") { values.add(.notBoolean, column) }
        case .vaccinationProcedureCode, .vaccineProductCode: values.inspectConcept(column, field)
        case .doseSequence: values.inspectDoseNumber(DoseNumber(field))
        case .expiryDate: values.inspectExpiry(FeedDate.parse(field))
        case .siteOfVaccinationCode, .routeOfVaccinationCode, .doseUnitCode, .indicationCode:
            values.inspectCode(column, field)
        case .doseAmount: values.inspectDoseAmount(field.span)
        case .personPostcode, .siteCode, .siteCodeTypeURI, .uniqueID, .uniqueIDURI, .performingProfessionalForename,
            .performingProfessionalSurname, .vaccinationProcedureTerm, .vaccineProductTerm, .vaccineManufacturer,
            .batchNumber, .siteOfVaccinationTerm, .routeOfVaccinationTerm, .doseUnitTerm, .locationCode,
            .locationCodeTypeURI:
            values.inspectText(column, field)
        }
    }

    /// Columns that make one element together have a text of their own where both are empty.
    private func missing(_ column: FeedColumn) -> RowFinding {
        switch column {
        case .siteCode where fields.isEmpty(.siteCodeTypeURI), .siteCodeTypeURI where fields.isEmpty(.siteCode):
            .organizationMissing(column)
        case .vaccinationProcedureCode where fields.isEmpty(.vaccinationProcedureTerm): .procedureMissing
        default: RowFinding(.mandatory, column)
        }
    }

    private static let patientColumns: [FeedColumn] = [
        .nhsNumber, .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode,
    ]
}
