import FHIR
import Testing

/// gp-digital-medicine.md §§2 and 7.8: STU3 as XML.
struct STU3XMLWriterTests {
    @Test func elementsStandInTheOrderOfTheSchema() throws {
        let resource: JSONValue = [
            "name": "A & B", "identifier": [["value": "A81001", "system": "urn:x"]], "resourceType": "Organization",
            "id": "1",
        ]
        #expect(
            try text(resource)
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Organization xmlns=\"http://hl7.org/fhir\">"
                + "<id value=\"1\"/><identifier><system value=\"urn:x\"/><value value=\"A81001\"/></identifier>"
                + "<name value=\"A &amp; B\"/></Organization>"
        )
    }

    @Test(arguments: [
        ("<&>\"'", "&lt;&amp;&gt;&quot;&#x27;"), ("]]>", "]]&gt;"), ("a\r\n\tb", "a&#xD;&#xA;&#x9;b"),
        ("x\u{0}\u{B}\u{1F}\u{FFFE}\u{FFFF}y", "xy"), ("\u{D7FF}\u{E000}\u{FFFD}😀", "\u{D7FF}\u{E000}\u{FFFD}😀"),
    ])
    func attributesAreEscaped(_ plain: String, _ escaped: String) throws {
        let resource: JSONValue = ["resourceType": "Organization", "name": .string("n" + plain)]
        #expect(try text(resource).contains("<name value=\"n\(escaped)\"/>"))
    }

    @Test func whatSTU3DoesNotKnowIsRefused() {
        expect(.unknownResource(path: "$"), ["resourceType": "Basic", "id": "1"])
        expect(.unknownResource(path: "$"), ["id": "1"])
        expect(.unknownElement(path: "$.recorded"), ["resourceType": "Immunization", "recorded": "2025-01-01"])
        expect(.unknownElement(path: "$"), ["resourceType": "Organization", "a b/><x": "1"])
        expect(.unfitValue(path: "$.name"), ["resourceType": "Organization", "name": " \u{1}"])
        expect(.unfitValue(path: "$.name"), ["resourceType": "Organization", "name": []])
        expect(.unfitValue(path: "$.name"), ["resourceType": "Organization", "name": .null])
        expect(.unfitValue(path: "$.meta"), ["resourceType": "Organization", "meta": [:]])
        expect(.unfitValue(path: "$.extension"), ["resourceType": "Organization", "extension": [["valueString": "x"]]])
    }

    @Test(arguments: [
        "<p>x</p>", "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x</div></p>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x\">x</p></div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">]]></div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp;</div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">\u{1}</div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"></div><div></div>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>",
    ])
    func aNarrativeOfOtherMarkupIsRefused(_ div: String) {
        expect(
            .unsafeNarrative(path: "$.text.div"),
            ["resourceType": "Organization", "text": ["status": "generated", "div": .string(div)]]
        )
    }

    private func text(_ resource: JSONValue) throws -> String {
        String(decoding: try STU3XMLWriter.document(of: resource), as: UTF8.self)
    }

    private func expect(_ error: STU3Error, _ resource: JSONValue, at place: SourceLocation = #_sourceLocation) {
        #expect(throws: error, sourceLocation: place) { try STU3XMLWriter.document(of: resource) }
    }
}
