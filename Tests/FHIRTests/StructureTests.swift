import FHIR
import Testing

@Suite struct StructureTests {
    private static let good: JSONValue = [
        "resourceType": "Immunization",
        "id": "a.b-1",
        "meta": ["versionId": "1", "lastUpdated": "2025-01-14T09:15:30Z", "profile": ["https://x"]],
        "contained": [
            [
                "resourceType": "Patient", "id": "p", "birthDate": "1965", "gender": "female",
                "name": [["given": ["A", "B"], "_given": [.null, ["id": "x"]], "period": ["start": "2020-02"]]],
            ]
        ],
        "status": "completed",
        "vaccineCode": ["coding": [["system": "not a uri", "code": "NAVU", "userSelected": true]], "text": "x"],
        "patient": ["reference": "#p"],
        "occurrenceDateTime": "2025-01-14T09:15:30+00:00",
        "lotNumber": "1",
        "_lotNumber": ["extension": [["url": "u", "valueString": "s"]]],
        "doseQuantity": ["value": .number("0.50")],
        "performer": [["actor": ["reference": "#q"], "modifierExtension": [["url": "u", "valueRatio": ["x": 1]]]]],
        "protocolApplied": [["doseNumberPositiveInt": 1]],
    ]

    /// The good resource with one element set or, with nil, taken out.
    private func changed(_ name: String, _ value: JSONValue?) throws -> JSONValue {
        var object = try #require(Self.good.object)
        object[name] = value
        return .object(object)
    }

    @Test func aResourceWithinTheModelHasNoFaults() {
        #expect(Self.good.structureFaults(as: .immunization) == [])
    }

    static let faults: [(String, JSONValue?, String)] = [
        ("status", nil, "status is a mandatory field"),
        ("vaccineCode", nil, "vaccineCode is a mandatory field"),
        ("patient", nil, "patient is a mandatory field"),
        ("occurrenceDateTime", nil, "occurrence[x] is a mandatory field"),
        (
            "status", "done",
            "status must be one of the following: completed, entered-in-error, not-done"
        ),
        ("site", [["coding": []]], "site must be an object"),
        ("site", ["coding": []], "site.coding must not be empty"),
        ("site", [:], "site must not be empty"),
        ("site", .null, "site must be an object"),
        ("site", ["coding": [:]], "site.coding must be an array"),
        ("site", ["coding": [["colour": 1]]], "site.coding[0].colour is not an element of this type"),
        (
            "route", ["coding": [["code": " 1"]]],
            "route.coding[0].code must be a code, without white space around it and with single spaces inside"
        ),
        ("lotNumber", "", "lotNumber must be a string that is not empty"),
        ("lotNumber", 7, "lotNumber must be a string that is not empty"),
        ("primarySource", "true", "primarySource must be true or false"),
        ("expirationDate", "2025-02-30", "expirationDate must be a date YYYY-MM-DD, YYYY-MM or YYYY"),
        ("recorded", "2025-01-14T09:15:30", "recorded must be a date, or a date and time with an offset"),
        ("id", "a_b", "id must be an id of 1 to 64 letters, digits, hyphens and points"),
        ("meta", ["lastUpdated": "2025-01-14"], "meta.lastUpdated must be a date and time with an offset"),
        ("contained", [["resourceType": "Group"]], "contained[0] must be a Patient or a Practitioner"),
        (
            "contained", [["resourceType": "Practitioner", "gender": "male"]],
            "contained[0].gender is not an element of this type"
        ),
        ("performer", [["function": ["text": "x"]]], "performer[0].actor is a mandatory field"),
        ("protocolApplied", [["series": "s"]], "protocolApplied[0].doseNumber[x] is a mandatory field"),
        (
            "protocolApplied", [["doseNumberPositiveInt": 1, "doseNumberString": "1"]],
            "protocolApplied[0].doseNumber[x] may stand once only"
        ),
        (
            "protocolApplied", [["doseNumberPositiveInt": .number("1.0")]],
            "protocolApplied[0].doseNumberPositiveInt must be an integer of at least 1"
        ),
        ("doseQuantity", ["value": "0.5"], "doseQuantity.value must be a number"),
        ("doseQuantity", ["comparator": "<"], "doseQuantity.comparator is not an element of this type"),
        ("extension", [["valueString": "x"]], "extension[0].url is a mandatory field"),
        (
            "extension", [["url": "u", "valueCode": "a  b"]],
            "extension[0].valueCode must be a code, without white space around it and with single spaces inside"
        ),
        (
            "extension", [["url": "u", "valueCode": "a", "valueString": "b"]],
            "extension[0].value[x] may stand once only"
        ),
        ("extension", [["url": "u", "valueTime": "25:00:00"]], "extension[0].valueTime must be a time hh:mm:ss"),
        ("_status", ["value": "x"], "_status.value is not an element of this type"),
        ("_site", ["id": "x"], "_site is not an element of this type"),
        ("text", ["status": "generated"], "text is not an element of this type"),
    ]

    @Test(arguments: faults)
    func eachDeviationIsFoundAtItsPlace(name: String, value: JSONValue?, text: String) throws {
        #expect(try changed(name, value).structureFaults(as: .immunization).map(\.text) == [text])
    }

    @Test func whatIsNoObjectIsNoResource() {
        for value in [.null, 1, "x", []] as [JSONValue] {
            #expect(value.structureFaults(as: .immunization).map(\.reason) == [.mustBeObject])
        }
    }

    @Test func thousandsOfFaultsAreNotAllListed() throws {
        let strangers = (0..<5000).map { JSONObject.Member(name: "x\($0)", value: 1) }
        let faults = JSONValue.object(JSONObject(strangers)).structureFaults(as: .immunization)
        #expect(faults.count == 51)
        #expect(faults.last?.reason == .more)
        let entries = JSONValue.array(Array(repeating: 1, count: 5000))
        #expect(try changed("reasonCode", entries).structureFaults(as: .immunization).count == 51)
        let long = try changed(String(repeating: "é", count: 5000), 1).structureFaults(as: .immunization)
        #expect(long[0].path.unicodeScalars.count == 65)
    }
}
