import FHIR
import Testing

/// gp-digital-medicine.md §2, nems.md §3: XML of others is read leniently, and nothing in it can do harm.
struct STU3XMLReaderTests {
    @Test func theOrderOfElementsDoesNotMatter() throws {
        let text = """
            <?xml version='1.0' encoding='utf-8'?>
            <!-- made by hand --><?style none?>
            <Organization xmlns="http://hl7.org/fhir">
              <name value='A &amp; B'/><identifier><value value="A81001"/><system value="urn:x"/></identifier>
              <id value="1"/><active value="true"/>
            </Organization>

            """
        #expect(
            try read(text) == [
                "resourceType": "Organization", "name": "A & B",
                "identifier": [["value": "A81001", "system": "urn:x"]], "id": "1", "active": true,
            ]
        )
    }

    @Test func theKindOfAPrimitiveIsItsElements() throws {
        let quantity = try read("<Immunization><doseQuantity><value value=\"0.30\"/></doseQuantity></Immunization>")
        #expect(quantity.at("doseQuantity", "value") == .number("0.30"))
        let booleans = try read(
            "<Immunization><notGiven value=\"false\"/><primarySource value=\"yes\"/></Immunization>"
        )
        #expect(booleans["notGiven"] == false)
        #expect(booleans["primarySource"] == "yes")
        #expect(try read("<Patient><multipleBirthInteger value=\" 2\"/></Patient>")["multipleBirthInteger"] == " 2")
        #expect(try read("<Patient><birthDate value=\"2017\"/></Patient>")["birthDate"] == "2017")
    }

    @Test func namespacesMayBeWrittenOrNot() throws {
        let expected: JSONValue = ["resourceType": "Organization", "id": "1"]
        #expect(try read("<Organization><id value=\"1\"/></Organization>") == expected)
        #expect(
            try read("<f:Organization xmlns:f=\"http://hl7.org/fhir\"><f:id value=\"1\"/></f:Organization>") == expected
        )
        #expect(
            try read("\u{FEFF}<Organization xmlns='http://hl7.org/fhir'><id value='1'/></Organization>") == expected
        )
    }

    @Test func whatAPrimitiveHasFurtherStandsBesideIt() throws {
        let text =
            "<Patient><name id=\"n\"><given value=\"A\"/><given id=\"x\"><extension url=\"u\"><valueString value=\"v\"/>"
            + "</extension></given></name><birthDate value=\"2017\"><extension url=\"t\"><valueDateTime value=\"2017\"/>"
            + "</extension></birthDate></Patient>"
        let expected: JSONValue = [
            "resourceType": "Patient",
            "name": [
                [
                    "id": "n", "given": ["A", .null],
                    "_given": [.null, ["id": "x", "extension": [["url": "u", "valueString": "v"]]]],
                ]
            ],
            "birthDate": "2017", "_birthDate": ["extension": [["url": "t", "valueDateTime": "2017"]]],
        ]
        #expect(try read(text) == expected)
        #expect(try STU3XMLReader.resource(in: STU3XMLWriter.document(of: expected)) == expected)
    }

    @Test func whatTheTableDoesNotKnowIsKept() throws {
        let text =
            "<Widget><contained><Patient><id value=\"p\"/></Patient></contained><size value=\"1.0\"/><part><a value=\"1\"/>"
            + "</part><part><a value=\"2\"/></part><none/><diagnostics value=\"\"/></Widget>"
        #expect(
            try read(text) == [
                "resourceType": "Widget", "contained": [["resourceType": "Patient", "id": "p"]], "size": "1.0",
                "part": [["a": "1"], ["a": "2"]], "diagnostics": "",
            ]
        )
    }

    @Test func aNarrativeStaysAsItIsWritten() throws {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p a='1'>x &lt; <br/><![CDATA[<y>]]>&#x41;</p></div>"
        let value = try read("<Patient><text><status value=\"generated\"/>\(div)</text></Patient>")
        #expect(value.at("text", "div")?.string == div)
        #expect(
            try read("<Patient><text><div>a\r\nb\rc</div></text></Patient>").at("text", "div") == "<div>a\nb\nc</div>"
        )
    }

    @Test(arguments: [
        ("a\tb\r\nc\nd", "a b c d"), ("a&#9;b&#xA;&#13;", "a\tb\n\r"), ("&quot;&apos;&gt;&#x1F600;&#0065;", "\"'>😀A"),
        ("Siân Łódź 李", "Siân Łódź 李"), ("]]>", "]]>"),
    ])
    func attributesAreReadAsXMLSays(_ written: String, _ meant: String) throws {
        #expect(try read("<Organization><name value=\"\(written)\"/></Organization>")["name"]?.string == meant)
    }

    @Test(arguments: [
        ("<!DOCTYPE Patient><Patient/>", XMLError.documentType(offset: 0)),
        ("<?xml version=\"1.0\"?><!DOCTYPE p [<!ENTITY a \"b\">]><Patient/>", .documentType(offset: 21)),
        ("<Patient><id value=\"&lol;\"/></Patient>", .unknownReference(offset: 20)),
        ("<Patient><id value=\"&#0;\"/></Patient>", .illegalCharacter(offset: 20)),
        ("<Patient><id value=\"&#xD800;\"/></Patient>", .illegalCharacter(offset: 20)),
        ("<Patient><id value=\"&#-1;\"/></Patient>", .unknownReference(offset: 20)),
        ("<Patient><id value=\"&#x110000;\"/></Patient>", .illegalCharacter(offset: 20)),
        ("<Patient><id value=\"&#99999999999999999999;\"/></Patient>", .unknownReference(offset: 20)),
        ("<Patient><id value=\"<\"/></Patient>", .unexpectedByte(offset: 20)),
        ("<Patient><id value=\"1\" value=\"2\"/></Patient>", .duplicateAttribute(offset: 23)),
        ("<Patient><id value=\"1\"a=\"2\"/></Patient>", .unexpectedByte(offset: 22)),
        ("<Patient><id value=1/></Patient>", .unexpectedByte(offset: 19)),
        ("<Patient><id value=\"1\"/></Person>", .mismatchedTag(offset: 24)),
        ("<Patient><id value=\"1\"/>", .unexpectedEnd(offset: 24)),
        ("<Patient><!-- -- --></Patient>", .unexpectedByte(offset: 16)),
        ("<Patient>text</Patient>", .strayText(offset: 9)), ("<Patient><![CDATA[]]></Patient>", .strayText(offset: 9)),
        ("<Patient/><Patient/>", .unexpectedByte(offset: 10)), ("<Patient/>x", .unexpectedByte(offset: 10)),
        ("", .unexpectedEnd(offset: 0)), ("{}", .unexpectedByte(offset: 0)), ("<", .unexpectedEnd(offset: 1)),
        ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><Patient/>", .encoding(offset: 0)),
        ("<?xml?><Patient/>", .unexpectedByte(offset: 5)), ("<Patient>\u{1}</Patient>", .illegalCharacter(offset: 9)),
        ("<Patient>\u{FFFF}</Patient>", .illegalCharacter(offset: 9)), ("<patient/>", .notAResource(offset: 0)),
        ("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>", .notAResource(offset: 0)),
        ("<Bundle><entry><resource><Patient/><Patient/></resource></entry></Bundle>", .notAResource(offset: 35)),
        ("<Patient><resourceType value=\"x\"/></Patient>", .unexpectedElement(offset: 9)),
        ("<Patient><_id value=\"x\"/></Patient>", .unexpectedElement(offset: 9)),
        ("<Patient><name id=\"1\"><id value=\"2\"/></name></Patient>", .unexpectedElement(offset: 22)),
    ])
    func otherXMLIsRefusedWithItsPlace(_ text: String, _ error: XMLError) {
        #expect(throws: error) { try read(text) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: XMLError.encoding(offset: 1)) { try STU3XMLReader.resource(in: [0x3C, 0xFF]) }
    }

    @Test func whatIsTooMuchIsRefused() throws {
        let nested = String(repeating: "<a>", count: 100_000)
        #expect(throws: XMLError.tooDeep(offset: 3 * 64)) { try read(nested) }
        let many = "<Patient>" + String(repeating: "<a/>", count: 100_000) + "</Patient>"
        #expect(throws: XMLError.tooLong(offset: 9 + 4 * 99_999)) { try read(many) }
        var limits = XMLLimits()
        limits.bytes = 9
        #expect(throws: XMLError.tooLong(offset: 9)) {
            try STU3XMLReader.resource(in: Array("<Patient/>".utf8), limits: limits)
        }
    }

    /// Documents cut short, with bytes changed, doubled or taken out: answered or refused, never a trap.
    @Test func brokenXMLNeverTraps() {
        let whole = Array(
            ("<?xml version=\"1.0\"?><!-- c --><Bundle xmlns='http://hl7.org/fhir'><entry><resource><Patient><text>"
                + "<div>x<![CDATA[y]]>&amp;</div></text><birthDate id=\"i\" value=\"2017&#x2D;01\"><extension url=\"u\">"
                + "<valueDecimal value=\"1.50\"/></extension></birthDate></Patient></resource></entry></Bundle>").utf8
        )
        var random = SystemRandomNumberGenerator()
        for length in whole.indices { _ = try? STU3XMLReader.resource(in: Array(whole[..<length])) }
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = Array("<>/&;\"'=?!-[]:# x\u{0}".utf8).randomElement(using: &random) ?? 0
                case 1: bytes.insert(contentsOf: bytes[index...].prefix(9), at: index)
                default: bytes.removeSubrange(index..<min(index + 5, bytes.count))
                }
            }
            _ = try? STU3XMLReader.resource(in: bytes)
        }
    }

    private func read(_ text: String) throws -> JSONValue { try STU3XMLReader.resource(in: Array(text.utf8)) }
}
