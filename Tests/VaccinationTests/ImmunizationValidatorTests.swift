import FHIR
import Testing
import Vaccination

/// The rules for a FHIR Immunization (immunization-mapping.md §3).
@Suite struct ImmunizationValidatorTests {
    @Test(arguments: Fixture.names(in: "from-csv"))
    func whatTheNationalServiceMakesOfARowPasses(name: String) throws {
        let resource = try Fixture.json("from-csv/\(name).json")
        let record = try #require(Received.record(resource))
        let row = try Fixture.record(name)
        #expect(record.vaccineType == row.vaccineType)
        #expect(record.id == row.id)
        #expect(record.nhsNumber == row.nhsNumber)
        #expect(record.occurrence == row.occurrence)
        #expect(record.resource == resource)
    }

    @Test(arguments: Fixture.names(in: "samples"))
    func theSamplesOfTheNationalServicePass(name: String) throws {
        var resource = try #require(Fixture.json("samples/\(name).json").object)
        resource["id"] = nil
        // One is made for flattening only: its patient is born in March 2026, its time of recording has no offset.
        let isForFlattening = name == "multi_name_multi_address_immunization"
        #expect(
            Received.findings(.object(resource)).map(\.kind)
                == (isForFlattening ? [.dateFuture, .dateTimeInvalid, .notBoolean, .snomedInvalid] : [])
        )
    }

    static let faults: [(String, JSONValue?, RowFindingKind, String)] = [
        // §3.1, stage 1
        ("contained", nil, .patientMissing, "contained is a mandatory field"),
        ("contained", [:], .structure, "contained must be an array"),
        ("contained", [], .structure, "contained must be a non-empty array"),
        ("contained", ["x"], .structure, "contained must be an array of objects"),
        ("contained", [[:]], .structure, "contained must be an array of non-empty objects"),
        ("contained", [["id": "x"]], .structure, "contained resources must have 'resourceType' key"),
        (
            "contained", [["resourceType": "Practitioner", "id": "x"]], .patientMissing,
            "contained must contain exactly one Patient resource"
        ),
        (
            "contained[0].id", nil, .structure, "The contained Patient resource must have an 'id' field"
        ),
        ("contained[1].id", nil, .structure, "The contained Practitioner resource must have an 'id' field"),
        ("contained[1].id", "Patient1", .structure, "ids must not be duplicated amongst contained resources"),
        // §3.2, stage 2
        (
            "resourceType", "Observation", .structure,
            "This service only accepts FHIR Immunization Resources (i.e. resourceType must equal 'Immunization')"
        ),
        (
            "text", ["status": "empty"], .elementNotAllowed,
            "text is not an allowed element of the Immunization resource for this service"
        ),
        (
            "contained[0].telecom", [], .elementNotAllowed,
            "telecom is not an allowed element of the Patient resource for this service"
        ),
        (
            "contained[1].gender", "male", .elementNotAllowed,
            "gender is not an allowed element of the Practitioner resource for this service"
        ),
        (
            "patient.reference", "Patient/1", .reference,
            "patient.reference must be a single reference to a contained Patient resource"
        ),
        (
            "patient.reference", "#Patient2", .reference,
            "patient.reference does not match the id of the contained Patient resource"
        ),
        (
            "performer[1].actor.reference", "#Other", .reference,
            "performer must not contain any internal references other than to the contained Practitioner resource"
        ),
        (
            "performer[1]", nil, .reference,
            "contained Practitioner resource must be referenced from performer"
        ),
        (
            "performer[0].actor.reference", "#Practitioner1", .reference,
            "contained Practitioner resource must only be referenced once from performer"
        ),
        (
            "contained[1]", nil, .reference,
            "performer must not contain internal references when there is no contained Practitioner resource"
        ),
        (
            "contained[0].identifier", [], .structure,
            "contained[?(@.resourceType=='Patient')].identifier must be an array of length 1"
        ),
        (
            "contained[0].identifier[0].extension", [["url": "u", "valueString": "s"]], .structure,
            "contained[?(@.resourceType=='Patient')].identifier[0] must not include an extension"
        ),
        (
            "contained[0].identifier[0].system", "urn:x", .notAllowed,
            "contained[?(@.resourceType=='Patient')].identifier[0].system must be one of the following: "
                + "https://fhir.nhs.uk/Id/nhs-number"
        ),
        ("contained[0].identifier[0].value", "999100000", .length, "\(nhsNumber) must be 10 characters"),
        ("contained[0].identifier[0].value", "999 100000", .spaces, "\(nhsNumber) must not contain spaces"),
        (
            "contained[0].identifier[0].value", "9991000004", .nhsNumberChecksum,
            "\(nhsNumber) is not a valid NHS number"
        ),
        ("contained[0].identifier[0].value", 9_991_000_003, .structure, "\(nhsNumber) must be a string"),
        ("contained[0].name", [:], .structure, "\(patient).name must be an array"),
        ("contained[0].name", [], .structure, "\(patient).name must be a non-empty array"),
        ("contained[0].name[0].given", "IVY", .structure, "\(patient).name[0].given must be an array"),
        ("contained[0].name[0].given", [], .structure, "\(patient).name[0].given must be a non-empty array"),
        (
            "contained[0].name[0].given", ["A", "B", "C", "D", "E", "F"], .maxLength,
            "\(patient).name[0].given must be an array of maximum length 5"
        ),
        ("contained[0].name[0].given", ["A", " "], .blank, "\(patient).name[0].given[1] must be a non-empty string"),
        (
            "contained[0].name[0].given", [.string(String(repeating: "é", count: 181))], .maxLength,
            "\(patient).name[0].given[0] must be 180 or fewer characters"
        ),
        ("contained[0].name[0].given", nil, .mandatory, "\(patient).name[0].given is a mandatory field"),
        ("contained[0].name[0].family", nil, .mandatory, "\(patient).name[0].family is a mandatory field"),
        (
            "contained[0].name[0].family", .string(String(repeating: "é", count: 36)), .maxLength,
            "\(patient).name[0].family must be 35 or fewer characters"
        ),
        ("contained[0].birthDate", nil, .mandatory, "\(patient).birthDate is a mandatory field"),
        (
            "contained[0].birthDate", "1965-02", .dateInvalid,
            "\(patient).birthDate must be a valid date string in the format \"YYYY-MM-DD\""
        ),
        (
            "contained[0].birthDate", "19650228", .dateInvalid,
            "\(patient).birthDate must be a valid date string in the format \"YYYY-MM-DD\""
        ),
        ("contained[0].birthDate", "2026-01-02", .dateFuture, "\(patient).birthDate must not be in the future"),
        (
            "contained[0].gender", "1", .notAllowed,
            "\(patient).gender must be one of the following: male, female, other, unknown"
        ),
        ("contained[0].gender", nil, .mandatory, "\(patient).gender is a mandatory field"),
        ("contained[0].address", nil, .mandatory, "\(patient).address[0].postalCode is a mandatory field"),
        ("contained[0].address", [], .structure, "\(patient).address must be a non-empty array"),
        (
            "contained[0].address", [["postalCode": ""], ["postalCode": " "]], .blank,
            "\(patient).address[0].postalCode must be a non-empty string"
        ),
        (
            "contained[0].address", [["city": "Leeds"]], .mandatory,
            "\(patient).address[0].postalCode is a mandatory field"
        ),
        (
            "contained[1].name[0].given", [""], .blank,
            "contained[?(@.resourceType=='Practitioner')].name[0].given[0] must be a non-empty string"
        ),
        (
            "performer[0].actor.type", "Practitioner", .mandatory,
            "There must be exactly one performer.actor[?@.type=='Organization'] with type 'Organization'"
        ),
        (
            "performer[1].actor.type", "Organization", .structure,
            "There must be exactly one performer.actor[?@.type=='Organization'] with type 'Organization'"
        ),
        (
            "performer[0].actor.identifier.value", nil, .mandatory,
            "performer[?(@.actor.type=='Organization')].actor.identifier.value is a mandatory field"
        ),
        (
            "performer[0].actor.identifier.system", "\t", .blank,
            "performer[?(@.actor.type=='Organization')].actor.identifier.system must be a non-empty string"
        ),
        ("identifier", nil, .mandatory, "identifier is a mandatory field"),
        ("identifier", [], .structure, "identifier must be an array of length 1"),
        ("identifier", [[:]], .structure, "identifier must be an array of non-empty objects"),
        ("identifier[0].value", nil, .mandatory, "identifier[0].value is a mandatory field"),
        ("identifier[0].system", " ", .blank, "identifier[0].system must be a non-empty string"),
        ("status", "not-done", .notAllowed, "status must be one of the following: completed"),
        ("status", "entered-in-error", .notAllowed, "status must be one of the following: completed"),
        ("primarySource", "true", .notBoolean, "primarySource must be a boolean"),
        ("primarySource", nil, .mandatory, "primarySource is a mandatory field"),
        ("recorded", nil, .mandatory, "recorded is a mandatory field"),
        ("extension", nil, .mandatory, "extension is a mandatory field"),
        ("extension[0].url", "u", .notAllowed, "extension[0].url must be one of the following: \(procedureURL)"),
        (
            "extension[0].valueCodeableConcept", nil, .mandatory,
            "extension[?(@.url=='\(procedureURL)')].valueCodeableConcept is a mandatory field"
        ),
        (
            "extension[0].valueCodeableConcept.coding", nil, .mandatory,
            "extension[?(@.url=='\(procedureURL)')].valueCodeableConcept.coding is a mandatory field"
        ),
        (
            "extension[0].valueCodeableConcept.coding[0].code", "822851000000103", .snomedInvalid,
            "\(procedure).code is not a valid snomed code"
        ),
        (
            "extension[0].valueCodeableConcept.coding[0].system", "urn:x", .mandatory,
            "\(procedure).code is a mandatory field"
        ),
        ("protocolApplied", [], .structure, "protocolApplied must be an array of length 1"),
        (
            "protocolApplied[0].doseNumberPositiveInt", true, .notPositiveInteger,
            "protocolApplied[0].doseNumberPositiveInt must be a positive integer"
        ),
        (
            "protocolApplied[0].doseNumberPositiveInt", .number("1.0"), .notPositiveInteger,
            "protocolApplied[0].doseNumberPositiveInt must be a positive integer"
        ),
        (
            "protocolApplied[0].doseNumberPositiveInt", 10, .outOfRange,
            "protocolApplied[0].doseNumberPositiveInt must be an integer in the range 1 to 9"
        ),
        (
            "protocolApplied[0].doseNumberString", " ", .blank,
            "protocolApplied[0].doseNumberString must be a non-empty string"
        ),
        (
            "protocolApplied[0].targetDisease", nil, .mandatory,
            "protocolApplied[0].targetDisease is a mandatory field"
        ),
        (
            "protocolApplied[0].targetDisease[0].coding", nil, .structure,
            "protocolApplied[0].targetDisease must be an array of non-empty objects"
        ),
        (
            "protocolApplied[0].targetDisease[0]", ["text": "x"], .structure,
            "Every element of protocolApplied[0].targetDisease must have 'coding' property"
        ),
        (
            "protocolApplied[0].targetDisease[0].coding[0].system", "urn:x", .structure,
            "protocolApplied[0].targetDisease[0].coding must contain exactly one element with a system of "
                + "http://snomed.info/sct"
        ),
        ("manufacturer.display", 1, .structure, "manufacturer.display must be a string"),
        ("lotNumber", .null, .structure, "lotNumber must be a string"),
        (
            "expirationDate", "2025-06", .dateInvalid,
            "expirationDate must be a valid date string in the format \"YYYY-MM-DD\""
        ),
        (
            "site.coding", [["system": "urn:x", "code": "1"], ["system": "urn:x", "code": "2"]], .notUnique,
            "site.coding[?(@.system=='urn:x')] must be unique"
        ),
        ("doseQuantity.value", "0.5", .notNumber, "doseQuantity.value must be a number"),
        ("doseQuantity.value", .number("1e3"), .notNumber, "doseQuantity.value must be a number"),
        (
            "doseQuantity.system", nil, .structure,
            "If doseQuantity.code is present, doseQuantity.system must also be present"
        ),
        ("reasonCode[0].coding", [], .structure, "reasonCode[0].coding must be a non-empty array"),
        ("reasonCode[0].coding[0].code", "", .blank, "reasonCode[0].coding[0].code must be a non-empty string"),
        ("location.identifier.value", nil, .mandatory, "location.identifier.value is a mandatory field"),
        ("location", nil, .mandatory, "location.identifier.value is a mandatory field"),
        (
            "vaccineCode.coding[0].code", "34680411000001108", .snomedInvalid,
            "vaccineCode.coding[?(@.system=='http://snomed.info/sct')].code is not a valid snomed code"
        ),
        // §3.4, stage 3
        ("vaccineCode", nil, .mandatory, "vaccineCode is a mandatory field"),
        ("status", nil, .mandatory, "status is a mandatory field"),
        ("narrative", "x", .model, "narrative is not an element of this type"),
        ("site.colour", "x", .model, "site.colour is not an element of this type"),
        (
            "site.coding[1]", ["system": "urn:x", "code": " 1"], .codeFormat,
            "1 validation error for Immunization site -> coding -> 1 -> code string does not match regex "
                + #""^[^\s]+(\s[^\s]+)*$" (type=value_error.str.regex; pattern=^[^\s]+(\s[^\s]+)*$)"#
        ),
        // §3.5, stage 4
        (
            "protocolApplied[0].targetDisease[0].coding[0].code", "1", .vaccineType,
            "protocolApplied[0].targetDisease[*].coding[?(@.system=='http://snomed.info/sct')].code - ['1'] "
                + "is not a valid combination of disease codes for this service"
        ),
        ("lotNumber", "a\0b", .controlCharacter, "The resource holds the character U+0000"),
    ]

    private static let patient = "contained[?(@.resourceType=='Patient')]"
    private static let nhsNumber = FeedColumn.nhsNumber.fhirLocation
    private static let procedureURL = FHIRExtension.vaccinationProcedure
    private static let procedure = String(FeedColumn.vaccinationProcedureCode.fhirLocation.dropLast(5))

    @Test(arguments: faults)
    func eachRuleIsReportedWithItsKindAndText(
        path: String,
        value: JSONValue?,
        kind: RowFindingKind,
        text: String
    ) throws {
        let findings = Received.findings(try Received.full.setting(path, to: value))
        #expect(findings.first?.kind == kind, "\(findings)")
        #expect(findings.first?.text == text)
        // What is taken out may leave other elements without their match; nothing else is found otherwise.
        #expect(Set(findings.map(\.kind)).count == 1 || value == nil, "\(findings)")
    }

    @Test(arguments: [
        ("2025-01-14", true), ("2025-01-14T09:15:30+00:00", true), ("2025-01-14T09:15:30+01:00", true),
        ("2025-01-14T09:15:30.123456+01:00", true), ("2025-01-14T09:15:30.1234567+01:00", false),
        ("2025-01-14T09:15:30Z", false), ("2025-01-14T09:15:30-00:00", false), ("2025-01-14T09:15:30", false),
        ("2025-01-14T09:15:30+02:00", false), ("2025-01", false), ("2025", false), ("20250114T09153000", false),
        ("2026-01-01", true), ("2026-01-01T00:00:01+00:00", false), ("2026-01-01T01:00:00+01:00", true),
        ("0999-01-01", false),
    ])
    func theTimeOfTheVaccinationHasFewForms(text: String, isValid: Bool) throws {
        let findings = Received.findings(try Received.full.setting("occurrenceDateTime", to: .string(text)))
        #expect(findings.map(\.kind) == (isValid ? [] : [.dateTimeInvalid]))
        #expect(findings.allSatisfy { $0.text.contains("Only '+00:00' and '+01:00' are accepted") })
    }

    @Test(arguments: [
        ("2025-01-14", true), ("2025-01-14T09:15:30Z", true), ("2025-01-14T09:15:30-05:00", true),
        ("2025-01-14T09:15:30.5+09:30", true), ("2025-01-14T09:15:30", false), ("2025-01", false),
        ("2026-01-01", true), ("2026-01-02", false), ("2026-01-01T00:00:01Z", false),
        ("2026-01-01T00:30:00+01:00", true), ("20250114", false),
    ])
    func theTimeOfRecordingHasAnyOffset(text: String, isValid: Bool) throws {
        let findings = Received.findings(try Received.full.setting("recorded", to: .string(text)))
        #expect(findings.map(\.kind) == (isValid ? [] : [.dateTimeInvalid]))
    }

    /// Section 3.3: each case says which name counts, by the fault that is put into it.
    @Test(arguments: [
        (#"[{"use":"old"},{"use":"official"}]"#, 1), (#"[{"use":"old"},{}]"#, 1), (#"[{},{"use":"official"}]"#, 1),
        (#"[{"use":"old"},{"use":"old"}]"#, 0), (#"[{"period":{"end":"2025-01-13"}},{"use":"old"}]"#, 1),
        (#"[{"period":{"end":"2025-01-14"}},{"use":"official","period":{"start":"2025-01-15"}}]"#, 0),
        (#"[{"period":{"start":"2025-01-14T09:15:30+00:00"},"use":"official"},{}]"#, 0),
        (#"[{"period":{"start":"2025-01-14T09:15:31+00:00"},"use":"official"},{}]"#, 1),
        (#"[{"period":{"end":"2024"}},{"period":{"end":"2023"}}]"#, 0),
    ])
    func theNameThatIsCurrentIsTheOneThatCounts(names: String, index: Int) throws {
        let uses = try #require(JSONValue(parsing: names).array)
        let resource = try uses.enumerated().reduce(into: Received.full) { resource, use in
            var name = try #require(use.element.object)
            name["given"] = ["G"]
            name["family"] = use.offset == index ? " " : "F"
            resource = try resource.setting("contained[0].name[\(use.offset)]", to: .object(name))
        }
        #expect(
            Received.texts(resource)
                == ["contained[?(@.resourceType=='Patient')].name[\(index)].family must be a non-empty string"]
        )
    }

    @Test func theFirstSNOMEDCodingCountsAndOthersMayFollow() throws {
        let codings: JSONValue = [
            ["system": "urn:x", "code": "1"], ["system": "http://snomed.info/sct", "code": "368208006"],
            ["system": "http://snomed.info/sct", "code": "368209003"],
        ]
        #expect(Received.texts(try Received.full.setting("site.coding", to: codings)) == [])
        let none = try Received.full.setting("vaccineCode.coding[0]", to: ["system": "urn:x", "code": "NAVU"])
        #expect(Received.texts(none) == [])
    }

    @Test func whatIsFoundTogetherIsReportedTogether() throws {
        var resource = try Received.full.setting("contained[0].gender", to: "x")
        resource = try resource.setting("recorded", to: nil)
        resource = try resource.setting("site.coding[0].code", to: " 1")
        resource = try resource.setting("doseQuantity.value", to: .number("-0.12345"))
        let findings = Received.findings(resource)
        #expect(
            Set(findings.map(\.kind)) == [.notAllowed, .mandatory, .codeFormat, .negativeAmount, .manyDecimals]
        )
        #expect(RowFinding.operationOutcome(of: findings).hasPrefix("Validation errors: contained"))
    }

    @Test func warningsDoNotReject() throws {
        let resource = try Received.full.setting("doseQuantity.value", to: .number("-0.5"))
        guard case .accepted(_, let warnings) = Received.check(resource) else {
            Issue.record("a warning rejected")
            return
        }
        #expect(warnings.map(\.kind) == [.negativeAmount])
    }

    @Test func theVaccineTypeComesFromTheDiseasesInAnyOrder() throws {
        let codes = ["36653000", "14189004", "36989005"]
        func diseases(_ codes: [String]) -> JSONValue {
            .array(codes.map { ["coding": [["system": "http://snomed.info/sct", "code": .string($0)]]] })
        }
        let path = "protocolApplied[0].targetDisease"
        #expect(Received.record(try Received.full.setting(path, to: diseases(codes)))?.vaccineType.code == "MMR")
        for wrong in [Array(codes.dropLast()), codes + ["38907003", "1"], codes + codes] {
            #expect(
                Received.findings(try Received.full.setting(path, to: diseases(wrong))).map(\.kind) == [.vaccineType]
            )
        }
    }

    @Test func aRecordWithoutAnNHSNumberIsTaken() throws {
        let record = try #require(Received.record(try Received.full.setting("contained[0].identifier", to: nil)))
        #expect(record.nhsNumber == nil)
    }

    @Test func anAcceptedResourceIsWrittenAsItCameWithIdAndVersion() throws {
        let sent = try Received.full.setting(
            "meta",
            to: ["versionId": "7", "lastUpdated": "2020-01-01T00:00:00Z", "profile": ["https://x"]]
        ).setting("contained[0].name[1]", to: ["use": "old", "family": "X", "given": ["Y"]])
        let record = try #require(Received.record(sent))
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(record, id: record.id, version: 3, lastUpdated: "2026-01-01T00:00:00.000Z", into: &bytes)
        let stored = try JSONValue(parsing: bytes)
        let expected = try sent.setting("id", to: .string(record.id.description)).setting(
            "meta",
            to: ["versionId": "3", "lastUpdated": "2026-01-01T00:00:00.000Z", "profile": ["https://x"]]
        )
        #expect(stored.differences(from: expected) == [])
        #expect(stored.object?.members.prefix(3).map(\.name) == ["resourceType", "id", "meta"])
    }

    /// Section 3.7.
    @Test func aBodyMustBelongToTheRecordItIsSentFor() throws {
        let record = try #require(Received.record(Received.full))
        #expect(ImmunizationWriteRules.findings(creating: Received.full) == [])
        let withID = try Received.full.setting("id", to: .string(record.id.description))
        #expect(
            ImmunizationWriteRules.findings(creating: withID).map(\.text)
                == ["id field must not be present for CREATE operation"]
        )
        func texts(_ resource: JSONValue) -> [String] {
            ImmunizationWriteRules.findings(updating: resource, id: record.id.description).map(\.text)
        }
        #expect(texts(withID) == [])
        #expect(
            texts(Received.full)
                == [
                    "The provided immunization id:\(record.id) doesn't match with the content of the request body"
                ]
        )
    }
}
