import Foundation
import Testing
import Vaccination

@Suite struct RecordIDTests {
    /// Stored records are found by these: a change here is a loss of data, not a new expectation.
    @Test(arguments: [
        ("https://supplier.example.nhs.uk/identifiers/vacc", "flu-valid-01", "938a0044-c384-820f-ab51-02fd6d3e05ea"),
        (
            "https://www.ravs.england.nhs.uk/", "e045626e-4dc5-4df3-bc35-da25263f901e",
            "7b758e43-7f1d-8465-a6c1-01c0f2fc64a6"
        ),
        ("ab", "c", "f2939f90-3016-85bb-a9b1-e4a61cdbd376"),
        ("a", "bc", "b534ce16-ac9c-8b36-823f-39a395ce8e0e"),
        ("", "", "af5570f5-a181-8b7a-b78c-af4bc70a660f"),
        ("u\u{E9}", "x", "1f694b7b-0273-827c-9a98-d8cd26e1269d"),
        ("ue\u{301}", "x", "500bf862-a73e-8105-884f-b2ca52391a7a"),
    ])
    func isTheSameForEver(system: String, value: String, id: String) {
        let identifier = RecordIdentifier(system: system, value: value)
        #expect(RecordID(identifier).description == id)
        var system = system
        var value = value
        let fromBytes = system.withUTF8 { system in value.withUTF8 { RecordID(systemUTF8: system, valueUTF8: $0) } }
        #expect(fromBytes == RecordID(identifier))
    }

    @Test func isAUUIDOfVersion8() throws {
        var random = SeededGenerator(state: 8)
        for _ in 0..<200 {
            let id = RecordID(RecordIdentifier(system: "s", value: String(random.next())))
            #expect(id.uuid.uuid.6 >> 4 == 8)
            #expect(id.uuid.uuid.8 >> 6 == 0b10)
            #expect(UUID(uuidString: id.description) == id.uuid)
        }
    }

    @Test func identifiersAreComparedByteForByte() {
        let composed = RecordIdentifier(system: "u\u{E9}", value: "x")
        let decomposed = RecordIdentifier(system: "ue\u{301}", value: "x")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
        #expect(RecordIdentifier(system: "ab", value: "c") != RecordIdentifier(system: "a", value: "bc"))
        #expect(RecordIdentifier(system: "A", value: "c") != RecordIdentifier(system: "a", value: "c"))
    }

    @Test func aRecordKnowsItsIdentifier() {
        let record = SampleRow.record(SampleRow.full)
        #expect(record.identifier.value == "flu-valid-01")
        #expect(record.identifier.system == "https://supplier.example.nhs.uk/identifiers/vacc")
        #expect(record.id == RecordID(record.identifier))
    }
}
