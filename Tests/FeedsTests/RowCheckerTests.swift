import Feeds
import Testing
import Vaccination

@Suite struct RowCheckerTests {
    /// 2025-01-20 10:00 UTC.
    private static let now: Int64 = 1_737_367_200_000_000
    private let checker = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: Self.now)

    private func findings(_ changes: [FeedColumn: String]) -> [RowFinding] {
        switch checker.check(SampleRow.record(changes)) {
        case .accepted(_, let warnings): warnings
        case .rejected(let findings, _): findings
        }
    }

    @Test func aGoodRowBecomesARecordWithItsKeys() throws {
        let result = checker.check(SampleRow.record())
        guard case .accepted(.record(let record, .new), let warnings) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(warnings.isEmpty)
        #expect(record.flat == SampleRow.flat())
        #expect(record.nhsNumber == NHSNumber("9990548609"))
        #expect(record.occurrence == 1_736_846_130_000_000)
        #expect(record.vaccineType.code == "FLU")
        #expect(record.id == RecordID(RecordIdentifier(system: "https://supplier.example.nhs.uk/", value: "row-1")))
    }

    @Test func theLeastRowIsAccepted() {
        let optional: [FeedColumn] = [
            .nhsNumber, .performingProfessionalForename, .performingProfessionalSurname, .vaccinationProcedureTerm,
            .doseSequence, .vaccineProductCode, .vaccineProductTerm, .vaccineManufacturer, .batchNumber, .expiryDate,
            .siteOfVaccinationCode, .siteOfVaccinationTerm, .routeOfVaccinationCode, .routeOfVaccinationTerm,
            .doseAmount, .doseUnitCode, .doseUnitTerm, .indicationCode,
        ]
        let changes = Dictionary(uniqueKeysWithValues: optional.map { ($0, "") })
        guard case .accepted(.record(let record, _), _) = checker.check(SampleRow.record(changes)) else {
            Issue.record("\(findings(changes))")
            return
        }
        #expect(record.nhsNumber == nil)
    }

    static let values: [(FeedColumn, String, RowFindingKind?)] = [
        (.nhsNumber, "9990548608", .nhsNumberChecksum), (.nhsNumber, "999054860", .length),
        (.nhsNumber, "999 548609", .spaces), (.nhsNumber, "          ", .blank),
        (.nhsNumber, "999054860X", .nhsNumberChecksum),
        (.nhsNumber, "٩٩٩٠٥٤٨٦٠٩", .nhsNumberChecksum),
        (.personForename, "\u{3000}\u{A0}", .blank), (.personForename, String(repeating: "é", count: 180), nil),
        (.personForename, String(repeating: "é", count: 181), .maxLength), (.personForename, " Mary", nil),
        (.personSurname, String(repeating: "ü", count: 35), nil),
        (.personSurname, String(repeating: "x", count: 36), .maxLength),
        (.personSurname, "\u{1F}", .blank), (.personSurname, "\u{7F}", nil),
        (.personDOB, "20250120", nil), (.personDOB, "20250121", .dateFuture), (.personDOB, "1980-02-05", nil),
        (.personDOB, "1980-2-5", .dateInvalid), (.personDOB, "19800230", .dateInvalid),
        (.personDOB, "19000229", .dateInvalid),
        (.personDOB, "20000229", nil), (.personDOB, " ", .dateInvalid), (.personDOB, "19800101 ", .dateInvalid),
        (.personGenderCode, "0", nil), (.personGenderCode, "9", nil), (.personGenderCode, "unknown", nil),
        (.personGenderCode, "Male", .notAllowed), (.personGenderCode, "3", .notAllowed),
        (.personGenderCode, " ", .blank),
        (.personPostcode, "ANYTHING", nil), (.personPostcode, "\t", .blank),
        (.dateAndTime, "20250114T09153001", nil), (.dateAndTime, "20250114T091530", nil),
        (.dateAndTime, "20250114T09153002", .dateTimeInvalid), (.dateAndTime, "20250114T24000000", .dateTimeInvalid),
        (.dateAndTime, "20250114t09153000", .dateTimeInvalid), (.dateAndTime, "20250114", .dateTimeInvalid),
        (.dateAndTime, "2025-01-14", nil), (.dateAndTime, "2025-01-14T09:15:30+01:00", nil),
        (.dateAndTime, "2025-01-14T09:15:30Z", .dateTimeInvalid), (.dateAndTime, "20250120T10000000", nil),
        (.dateAndTime, "20250120T10000100", .dateTimeInvalid), (.dateAndTime, "20250120T11000001", nil),
        (.dateAndTime, "20250120T11000101", .dateTimeInvalid), (.dateAndTime, " ", .dateTimeInvalid),
        (.recordedDate, "20250120", nil), (.recordedDate, "20250121", .dateTimeInvalid),
        (.recordedDate, "2025-01-14", nil),
        (.recordedDate, "20250230", .dateTimeInvalid),
        (.siteCode, " ", .blank), (.siteCodeTypeURI, "not a uri", nil), (.uniqueID, " ", .blank),
        (.uniqueIDURI, "\u{2003}", .blank),
        (.actionFlag, "NEW", nil), (.actionFlag, "UpDaTe", nil), (.actionFlag, "NEW ", .actionFlag),
        (.actionFlag, "", .actionFlag),
        (.actionFlag, "create", .actionFlag), (.actionFlag, "\u{0E}\u{05}\u{17}", .actionFlag),
        (.primarySource, "true", nil), (.primarySource, "False", nil), (.primarySource, "1", .notBoolean),
        (.primarySource, " ", .notBoolean),
        (.vaccinationProcedureCode, "822851000000103", .snomedInvalid),
        (.vaccinationProcedureCode, "NAVU", .snomedInvalid),
        (.vaccinationProcedureCode, " ", .snomedInvalid), (.vaccineProductCode, "34680411000001108", .snomedInvalid),
        (.vaccinationProcedureTerm, " ", .blank), (.batchNumber, "\r\n", .blank),
        (.batchNumber, String(repeating: "9", count: 150), nil),
        (.doseSequence, "9", nil), (.doseSequence, "09", nil), (.doseSequence, "0", .notPositiveInteger),
        (.doseSequence, "00", .notPositiveInteger), (.doseSequence, "10", .outOfRange),
        (.doseSequence, "1.0", .notPositiveInteger),
        (.doseSequence, "+1", .notPositiveInteger), (.doseSequence, "001", .notPositiveInteger),
        (.doseSequence, "-1", .notPositiveInteger),
        (.doseSequence, "99999999999999999999999", .outOfRange), (.doseSequence, " ", .notPositiveInteger),
        (.expiryDate, "20991231", nil), (.expiryDate, "20250631", .dateInvalid), (.expiryDate, " ", .dateInvalid),
        (.siteOfVaccinationCode, "368208006 ", .codeFormat), (.siteOfVaccinationCode, "left arm", nil),
        (.siteOfVaccinationCode, "left  arm", .codeFormat), (.siteOfVaccinationCode, "left\tarm", .codeFormat),
        (.routeOfVaccinationCode, "\u{A0}78421000", .codeFormat), (.routeOfVaccinationCode, "é", nil),
        (.doseUnitCode, "ml", nil), (.doseUnitCode, " ", .blank), (.indicationCode, " 1", .codeFormat),
        (.doseAmount, "0.30", nil), (.doseAmount, ".5", nil), (.doseAmount, "5.", .notNumber), (.doseAmount, "+1", nil),
        (.doseAmount, "-0.5", .negativeAmount), (.doseAmount, "0.12345", .manyDecimals),
        (.doseAmount, "1e3", .notNumber),
        (.doseAmount, "0,5", .notNumber), (.doseAmount, "NaN", .notNumber), (.doseAmount, "1_000", .notNumber),
        (.doseAmount, "123456789012345678", nil), (.doseAmount, "1234567890123456789", .notNumber),
        (.doseAmount, "-", .notNumber),
        (.doseAmount, ".", .notNumber), (.doseAmount, "0.5 ml", .notNumber), (.doseAmount, "٥", .notNumber),
        (.locationCode, " ", .blank), (.locationCodeTypeURI, " ", .blank),
    ]

    @Test(arguments: values)
    func eachValueIsJudgedByItsColumnsRule(column: FeedColumn, value: String, kind: RowFindingKind?) {
        let found = findings([column: value])
        #expect(found.map(\.kind) == (kind.map { [$0] } ?? []), "\(found)")
        #expect(found.allSatisfy { $0.column == column })
    }

    @Test(arguments: FeedColumn.allCases)
    func anEmptyColumnIsAFaultOnlyWhereItIsMandatory(column: FeedColumn) {
        let mandatory: Set<FeedColumn> = [
            .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode, .dateAndTime, .siteCode,
            .siteCodeTypeURI, .recordedDate, .primarySource, .vaccinationProcedureCode, .locationCode,
            .locationCodeTypeURI,
        ]
        let expected: [RowFindingKind] =
            switch column {
            case .actionFlag: [.actionFlag]
            case .uniqueID, .uniqueIDURI: [.uniqueIDMissing]
            default: mandatory.contains(column) ? [.mandatory] : []
            }
        #expect(findings([column: ""]).map(\.kind) == expected)
    }

    @Test func formatFaultsDoNotHideMissingValues() {
        let found = findings([
            .nhsNumber: "1", .personDOB: "", .dateAndTime: "", .doseUnitCode: " x", .locationCode: "",
        ])
        #expect(found.map(\.column) == [.nhsNumber, .personDOB, .dateAndTime, .doseUnitCode, .locationCode])
        let outcome = RowFinding.operationOutcome(of: found)
        #expect(outcome.hasPrefix("Validation errors: contained[?(@.resourceType=='Patient')]"))
        #expect(outcome.contains("birthDate is a mandatory field; 1 validation error for Immunization"))
    }

    @Test func aRowWithoutAPatientSaysSoOnce() {
        let noPatient = Dictionary(uniqueKeysWithValues: FeedColumn.allCases.prefix(6).map { ($0, "") })
        let found = findings(noPatient)
        #expect(found.map(\.kind) == [.patientMissing])
        #expect(found[0].text == "contained must contain exactly one Patient resource")
        let nobody = noPatient.merging([.performingProfessionalForename: "", .performingProfessionalSurname: ""]) { $1 }
        #expect(findings(nobody).map(\.text) == ["contained is a mandatory field"])
    }

    @Test func sharedAbsencesHaveOneText() {
        let site = findings([.siteCode: "", .siteCodeTypeURI: ""])
        #expect(site.map(\.kind) == [.mandatory, .mandatory])
        #expect(
            RowFinding.operationOutcome(of: site)
                == "Validation errors: There must be exactly one performer.actor[?@.type=='Organization'] with type 'Organization'"
        )
        #expect(
            findings([.vaccinationProcedureCode: "", .vaccinationProcedureTerm: ""]).map(\.text) == [
                "extension is a mandatory field"
            ]
        )
        #expect(
            findings([.siteCode: ""])[0].text
                == "performer[?(@.actor.type=='Organization')].actor.identifier.value is a mandatory field"
        )
        #expect(
            findings([.personForename: ""])[0].text
                == "contained[?(@.resourceType=='Patient')].name[0].given is a mandatory field"
        )
        #expect(
            findings([.personForename: " "])[0].text
                == "contained[?(@.resourceType=='Patient')].name[0].given[0] must be a non-empty string"
        )
    }

    @Test func flagThenPermissionThenIdentifierEndTheRow() {
        let reader = RowChecker(vaccineType: SampleRow.flu, permissions: [.create], now: Self.now)
        func kinds(_ changes: [FeedColumn: String]) -> [RowFindingKind] {
            guard case .rejected(let findings, _) = reader.check(SampleRow.record(changes)) else { return [] }
            return findings.map(\.kind)
        }
        #expect(kinds([.actionFlag: "x", .uniqueID: "", .nhsNumber: "1"]) == [.actionFlag])
        #expect(kinds([.actionFlag: "update", .uniqueID: "", .nhsNumber: "1"]) == [.noPermission])
        #expect(kinds([.actionFlag: "delete"]) == [.noPermission])
        #expect(kinds([.uniqueID: "", .nhsNumber: "1"]) == [.uniqueIDMissing])
        #expect(kinds([.nhsNumber: "1"]) == [.length])
    }

    @Test func aDeleteReadsNothingButTheIdentity() {
        let changes = Dictionary(uniqueKeysWithValues: FeedColumn.allCases.map { ($0, " bad ") })
            .merging([.actionFlag: "DELETE", .uniqueID: "7", .uniqueIDURI: "https://s/"]) { $1 }
        let result = checker.check(SampleRow.record(changes))
        guard case .accepted(.removal(let identifier, let id), _) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(identifier == RecordIdentifier(system: "https://s/", value: "7"))
        #expect(id == RecordID(identifier))
    }

    @Test func anUpdateIsCheckedLikeANew() {
        guard case .accepted(.record(_, .update), _) = checker.check(SampleRow.record([.actionFlag: "update"])) else {
            Issue.record("an update was not accepted as one")
            return
        }
        #expect(findings([.actionFlag: "update", .personDOB: ""]).map(\.kind) == [.mandatory])
    }

    @Test func warningsDoNotReject() {
        guard
            case .accepted(_, let warnings) = checker.check(
                SampleRow.record([.doseAmount: "-0.123456"], fieldCount: 36)
            )
        else {
            Issue.record("a row with warnings only was rejected")
            return
        }
        #expect(warnings.map(\.kind) == [.extraFields, .negativeAmount, .manyDecimals])
        #expect(warnings.allSatisfy { $0.severity == .warning })
    }

    @Test func aRejectedRowKeepsWhatIsKnownOfItsIdentity() {
        func identifier(_ changes: [FeedColumn: String]) -> RecordIdentifier? {
            guard case .rejected(_, let identifier) = checker.check(SampleRow.record(changes)) else { return nil }
            return identifier
        }
        #expect(RowFailure.localID(of: identifier([.uniqueIDURI: ""])) == "row-1^")
        #expect(identifier([.uniqueIDURI: "", .uniqueID: ""]) == nil)
        #expect(RowFailure.localID(of: nil) == "^")
    }

    @Test func brokenRowsAreRejectedByTheirFault() {
        func record(_ fault: FeedRecord.Fault, _ changes: [FeedColumn: String] = [:]) -> FeedRecord {
            FeedRecord(rowNumber: 1, flat: SampleRow.flat(changes), fieldCount: 3, fault: fault, endPosition: .start)
        }
        for fault in [FeedRecord.Fault.openQuote, .fieldTooLong, .rowTooLong] {
            guard case .rejected(let findings, _) = checker.check(record(fault)) else {
                Issue.record("\(fault) was accepted")
                continue
            }
            #expect(findings.map(\.kind) == [.syntax])
        }
        let null = record(.nullCharacter, [.uniqueID: "a\0b", .batchNumber: "\0"])
        guard case .rejected(let findings, let identifier) = checker.check(null) else {
            Issue.record("a null character was accepted")
            return
        }
        #expect(findings.map(\.column) == [.uniqueID, .batchNumber])
        #expect(findings.allSatisfy { $0.kind == .controlCharacter })
        #expect(identifier?.value == "a\u{FFFD}b")
    }

    @Test func todayIsTheUTCDateAlsoBefore1970() {
        let night = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: 1_751_325_900_000_000)
        // 2025-06-30 23:25 UTC is already 1 July in London.
        guard case .rejected(let findings, _) = night.check(SampleRow.record([.recordedDate: "20250701"])) else {
            Issue.record("a date after the UTC date was accepted")
            return
        }
        #expect(findings.map(\.kind) == [.dateTimeInvalid])
        let old = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: -1)
        guard case .rejected(let future, _) = old.check(SampleRow.record([.personDOB: "19700101"])) else { return }
        #expect(future.contains { $0.kind == .dateFuture })
    }

    @Test(arguments: RowFindingKind.allCases)
    func everyKindSaysWhatToDoInOneSentence(kind: RowFindingKind) {
        for column in FeedColumn.allCases.map(Optional.some) + [nil] {
            let finding = RowFinding(kind: kind, column: column, text: "")
            #expect(finding.advice.hasSuffix("."))
        }
    }
}
