import FHIR
import Foundation
import Messages
import Testing

/// gp-digital-medicine.md §13: hostile text and points of time.
struct DigitalMedicineTextTests {
    // TG-11, G-10
    @Test(arguments: [
        "O'Neill & <Sons>", "\"Annie\" ]]> x", "Siân Łódź 李", "👩‍👩‍👧 e\u{301}", "a\u{0}b\u{1F}c\u{FFFE}d\u{FFFF}e",
        "<script>alert(1)</script>", "&amp; &#x41; <!-- --> <![CDATA[", "\u{85}\u{2028}\u{7F}\u{10FFFF}z",
    ])
    func hostileNamesComeThroughAsTheyAre(_ name: String) throws {
        try expectSurvival(of: name)
    }

    // TG-11, G-10
    @Test func anyTextComesThroughAsItIs() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<60 {
            var text = "x"
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let limit: UInt32 = Bool.random(using: &random) ? 0x80 : 0x11_0000
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            try expectSurvival(of: text)
        }
    }

    private func expectSurvival(of text: String) throws {
        var sample = try DocumentSample("01-new-covid")
        sample.immunization = try sample.immunization.setting("lotNumber", to: text)
            .setting("manufacturer", to: ["display": .string(text)])
        sample.order.siteName = text
        let message = try sample.message()
        let tree = try #require(XMLTree(message.bytes(.xml)))
        let expected = text.legalInXML
        #expect(
            Array(tree.all("lotNumber").first?.attributes["value"]?.unicodeScalars ?? "".unicodeScalars)
                == Array(expected.unicodeScalars)
        )
        let cell = tree.all("tr").first { $0["th"]?.text == "Batch number" }?["td"]
        // XML and JSON say the same, and the narrative has text and no markup of it.
        #expect(cell?.text.unicodeScalars.elementsEqual(expected.unicodeScalars) == true)
        #expect(cell?.children == [])
        let json = try JSONValue(parsing: message.bytes(.json))
        let immunization = DocumentSample.document(json)?["entry"]?[3]?["resource"]
        #expect(immunization?["lotNumber"]?.string == expected)
        #expect(tree.all("script").isEmpty)
    }

    // TG-12: BST and GMT, 29 February, midnight, both 01:30 of the night when the clocks go back.
    @Test(arguments: [
        ("2025-07-30T00:15:00+01:00", "2025-07-29T23:15:00+00:00", "30-Jul-2025 00:15 (BST)"),
        ("2025-01-14T09:15:30+00:00", "2025-01-14T09:15:30+00:00", "14-Jan-2025 09:15 (GMT)"),
        ("2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00+00:00", "29-Feb-2024 00:00 (GMT)"),
        ("2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00+00:00", "25-Oct-2026 01:30 (BST)"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T01:30:00+00:00", "25-Oct-2026 01:30 (GMT)"),
        ("2025-07-30T12:00:00.750", "2025-07-30T11:00:00+00:00", "30-Jul-2025 12:00 (BST)"),
    ])
    func pointsOfTimeAreRight(_ stored: String, _ utc: String, _ local: String) throws {
        var sample = try DocumentSample("01-new-covid")
        sample.immunization = sample.immunization.setting("occurrenceDateTime", to: .string(stored))
        let tree = try #require(XMLTree(try sample.message().bytes(.xml)))
        #expect(tree.all("start").first?.attributes["value"] == utc)
        #expect(tree.all("Immunization").first?["date"]?.attributes["value"] == utc)
        #expect(tree.all("tr").first { $0["th"]?.text == "Date Time" }?["td"]?.text == local)
    }

    // G-12, §7.6: a vaccination abroad names a desk as provider and the country as location.
    @Test func aVaccinationAbroadHasItsCountry() throws {
        var sample = try DocumentSample("04-new-flu-sparse")
        sample.order.siteName = nil
        sample.immunization = sample.immunization.setting(
            "performer",
            to: [["actor": ["identifier": ["system": "http://snomed.info/sct", "value": "223366009"]]]]
        )
        let tree = try #require(XMLTree(try sample.message().bytes(.xml)))
        let location = try #require(tree.all("Location").first)
        #expect(location["identifier"]?["value"]?.attributes["value"] == "223366009")
        let reference = tree.all("Immunization").first?["location"]?["reference"]?.attributes["value"]
        #expect(reference == "urn:uuid:\(location["id"]?.attributes["value"] ?? "")")
        let codes = tree.all("Organization").compactMap { $0["identifier"]?["value"]?.attributes["value"] }
        #expect(codes.contains("N2N9I"))
    }

    // G-06
    @Test func theSenderReferenceCanNameTheRecord() throws {
        let sample = try DocumentSample("02-update-covid")
        var sender = sample.sender
        sender.reference = .record("e045626e-4dc5-4df3-bc35-da25263f901e")
        sender.recipient = .forInformation
        let message = try DocumentComposer(sender: sender).message(of: sample.immunization, sample.order)
        let text = String(decoding: message.bundle.bytes, as: UTF8.self)
        #expect(text.contains("\"e045626e-4dc5-4df3-bc35-da25263f901e.v2\""))
        #expect(text.contains("\"FI\""))
    }

    @Test(arguments: [
        ("identifier", "identifier"), ("extension", "extension (vaccination procedure)"),
        ("performer", "performer (organisation)"), ("occurrenceDateTime", "occurrenceDateTime"),
        ("contained", "patient"),
    ])
    func aRecordWithoutWhatADocumentNeedsIsRefused(_ member: String, _ element: String) throws {
        var sample = try DocumentSample("01-new-covid")
        sample.immunization = sample.immunization.setting(member, to: nil)
        #expect(throws: DigitalMedicineError.missing(element: element)) { try sample.message() }
        sample.order.version = 0
        #expect(throws: DigitalMedicineError.version(0)) { try sample.message() }
    }
}

extension JSONValue {
    func setting(_ member: String, to value: JSONValue?) -> JSONValue {
        guard var object else { return self }
        object[member] = value
        return .object(object)
    }

    fileprivate func setting(_ member: String, to text: String) throws -> JSONValue {
        setting(member, to: .string(text))
    }
}

/// A generator with a seed, so that a failure can be seen again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
