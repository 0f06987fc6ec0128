import Vaccination

/// The checks of a NEW or UPDATE row: formats, code forms and mandatory columns together (csv-feed §5.1, 5-7).
struct RowInspection {
    let fields: RowFields
    /// Microseconds since 1970, UTC.
    let now: Int64
    /// Days since 1970, UTC.
    let today: Int32

    var findings: [RowFinding] = []
    var nhsNumber: NHSNumber?
    /// Microseconds since 1970, UTC; nil until DATE_AND_TIME was found good.
    var occurrence: Int64?

    init(fields: RowFields, now: Int64, today: Int32) {
        self.fields = fields
        self.now = now
        self.today = today
    }

    private static let patientColumns: [FeedColumn] = [
        .nhsNumber, .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode,
    ]

    mutating func inspect() {
        let patientIsMissing = Self.patientColumns.allSatisfy(fields.isEmpty)
        if patientIsMissing {
            let practitionerPresent =
                !fields.isEmpty(.performingProfessionalForename) || !fields.isEmpty(.performingProfessionalSurname)
            findings.append(.patientMissing(practitionerPresent: practitionerPresent))
        }
        for column in FeedColumns.all {
            let field = fields[column]
            if !field.isEmpty {
                inspect(column, field)
            } else if !(patientIsMissing && column.rawValue <= FeedColumn.personPostcode.rawValue) {
                inspectMissing(column)
            }
        }
    }

    private mutating func inspect(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>) {
        switch column {
        case .actionFlag: break  // read before
        case .nhsNumber: inspectNHSNumber(field)
        case .personForename: inspectName(column, field, limit: 180)
        case .personSurname: inspectName(column, field, limit: 35)
        case .personDOB: inspectBirthDate(field)
        case .personGenderCode: inspectGender(field)
        case .dateAndTime: inspectOccurrence(field)
        case .recordedDate:
            guard let day = FeedDate.parse(field), day <= today else { return add(.dateTimeInvalid, column) }
        case .primarySource:
            if !ASCIIWord.matches(field, "true"), !ASCIIWord.matches(field, "false") { add(.notBoolean, column) }
        case .vaccinationProcedureCode, .vaccineProductCode:
            if !SNOMEDCode.isConcept(field) { add(.snomedInvalid, column) }
        case .doseSequence: inspectDoseSequence(field)
        case .expiryDate:
            if FeedDate.parse(field) == nil { add(.dateInvalid, column) }
        case .siteOfVaccinationCode, .routeOfVaccinationCode, .doseUnitCode, .indicationCode:
            if TextForm.isBlank(field) {
                add(.blank, column)
            } else if !TextForm.isCode(field) {
                add(.codeFormat, column)
            }
        case .doseAmount: inspectDoseAmount(field)
        case .personPostcode, .siteCode, .siteCodeTypeURI, .uniqueID, .uniqueIDURI, .performingProfessionalForename,
            .performingProfessionalSurname, .vaccinationProcedureTerm, .vaccineProductTerm, .vaccineManufacturer,
            .batchNumber, .siteOfVaccinationTerm, .routeOfVaccinationTerm, .doseUnitTerm, .locationCode,
            .locationCodeTypeURI:
            if TextForm.isBlank(field) { add(.blank, column) }
        }
    }

    private mutating func inspectMissing(_ column: FeedColumn) {
        switch column {
        case .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode, .dateAndTime, .uniqueID,
            .uniqueIDURI, .actionFlag, .recordedDate, .primarySource, .locationCode, .locationCodeTypeURI:
            add(.mandatory, column)
        case .siteCode, .siteCodeTypeURI:
            let other: FeedColumn = column == .siteCode ? .siteCodeTypeURI : .siteCode
            findings.append(fields.isEmpty(other) ? .organizationMissing(column) : RowFinding(.mandatory, column))
        case .vaccinationProcedureCode:
            let bothAreMissing = fields.isEmpty(.vaccinationProcedureTerm)
            findings.append(bothAreMissing ? .procedureMissing : RowFinding(.mandatory, column))
        case .nhsNumber, .performingProfessionalForename, .performingProfessionalSurname, .vaccinationProcedureTerm,
            .doseSequence, .vaccineProductCode, .vaccineProductTerm, .vaccineManufacturer, .batchNumber, .expiryDate,
            .siteOfVaccinationCode, .siteOfVaccinationTerm, .routeOfVaccinationCode, .routeOfVaccinationTerm,
            .doseAmount, .doseUnitCode, .doseUnitTerm, .indicationCode:
            break
        }
    }

    mutating func add(_ kind: RowFindingKind, _ column: FeedColumn) {
        findings.append(RowFinding(kind, column))
    }
}
