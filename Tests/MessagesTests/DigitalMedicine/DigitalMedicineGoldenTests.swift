import FHIR
import Foundation
import Messages
import Testing

/// gp-digital-medicine.md §13: the samples of the page, ids aside.
struct DigitalMedicineGoldenTests {
    // TG-01
    @Test(arguments: DocumentSample.names)
    func theJSONIsTheSample(_ name: String) throws {
        let sample = try DocumentSample(name)
        var (mine, theirs) = (UUIDNumbers(), UUIDNumbers())
        let actual = try JSONValue(parsing: sample.message().bytes(.json))
        #expect(mine.numbered(actual).differences(from: theirs.numbered(try sample.expectedJSON)) == [])
    }

    // TG-01, and the order of TG-02: the trees are compared with the order of their elements.
    @Test(arguments: DocumentSample.names)
    func theXMLIsTheSample(_ name: String) throws {
        let sample = try DocumentSample(name)
        var (mine, theirs) = (UUIDNumbers(), UUIDNumbers())
        let actual = try #require(XMLTree(sample.message().bytes(.xml))?.trimmed)
        let expected = try #require(XMLTree(sample.expectedXML)?.trimmed)
        #expect(mine.numbered(actual) == theirs.numbered(expected))
        #expect(actual.attributes["xmlns"] == "http://hl7.org/fhir")
    }

    // TG-01: the sample's JSON written as XML is the sample's XML, ids included.
    @Test(arguments: DocumentSample.names)
    func anyJSONOfTheMessageHasItsXML(_ name: String) throws {
        let sample = try DocumentSample(name)
        let actual = try #require(XMLTree(STU3XMLWriter.document(of: sample.expectedJSON)))
        #expect(actual.trimmed == (try #require(XMLTree(sample.expectedXML)).trimmed))
    }

    // TG-04, G-20: new, update and delete make a chain of three.
    @Test func newUpdateAndDeleteMakeAChain() throws {
        var previous: DigitalMedicineMessage?
        for (index, name) in DocumentSample.names.prefix(3).enumerated() {
            var sample = try DocumentSample(name)
            sample.order.replaces = previous?.compositionIdentifier
            let message = try sample.message()
            let composition = try #require(DocumentSample.document(message.bundle)?["entry"]?[0]?["resource"])
            let target = composition["relatesTo"]?[0]?.at("targetIdentifier", "value")?.string
            #expect(target == previous?.compositionIdentifier.lowercaseText)
            #expect(composition.at("meta", "versionId")?.string == String(index + 1))
            #expect(composition["status"] == (index == 2 ? "entered-in-error" : "final"))
            // §7.1: the Immunization stays completed, also in a deletion.
            let immunization = DocumentSample.document(message.bundle)?["entry"]?[3]?["resource"]
            #expect(immunization?["status"] == "completed")
            previous = message
        }
    }

    // §2: every reference is the URN of an entry, every id is used once, in lower case.
    @Test(arguments: DocumentSample.names)
    func everyReferenceResolves(_ name: String) throws {
        let tree = try #require(XMLTree(try DocumentSample(name).message().bytes(.xml)))
        let ids = tree.all("entry").compactMap { $0["fullUrl"]?.attributes["value"] }
        #expect(Set(ids).count == ids.count)
        let references = tree.all("reference").compactMap { $0.attributes["value"] }.filter { $0.hasPrefix("urn:") }
        #expect(references.count > 10)
        #expect(Set(references).isSubset(of: Set(ids)))
        for entry in tree.all("entry") {
            guard let resource = entry["resource"]?.children.first else { continue }
            #expect(entry["fullUrl"]?.attributes["value"] == "urn:uuid:\(resource["id"]?.attributes["value"] ?? "")")
        }
    }

    // §7.1: no name of R4 appears.
    @Test(arguments: DocumentSample.names)
    func noNameOfR4Appears(_ name: String) throws {
        let text = String(decoding: try DocumentSample(name).message().bytes(.json), as: UTF8.self)
        for name in ["occurrenceDateTime", "performer", "protocolApplied", "reasonCode", "recorded"] {
            #expect(!text.contains("\"\(name)\""))
        }
    }

    // §10: the headers for MESH.
    @Test func theHeadersNameSenderAndMessage() throws {
        let message = try DocumentSample("01-new-covid").message()
        #expect(message.localID == "X26_\(message.messageID.lowercaseText)")
        #expect(message.fileName(.xml) == "\(message.messageID.lowercaseText).xml")
        #expect(DigitalMedicineMessage.Format.xml.contentType == "application/fhir+xml")
        #expect(
            message.subject
                == "COVID-19 Vaccination Record for IVY ROWAN, NHS Number: 9991019189, "
                + "seen at KENT & CANTERBURY HOSPITAL, ODS code: RVVKC, version 1"
        )
        #expect(message.plainSubject == "COVID-19 Vaccination Record, version 1")
    }
}
