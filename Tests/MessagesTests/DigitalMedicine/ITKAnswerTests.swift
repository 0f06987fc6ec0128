import FHIR
import Foundation
import Messages
import Testing

/// gp-digital-medicine.md §9: what practices answer.
struct ITKAnswerTests {
    private static let original = UUID(uuidString: "a5af5d7f-3f1d-5f74-aba0-d49ce1568e17")

    // TG-03, G-26: each sample in both forms.
    @Test(arguments: AnswerSample.names, ["xml", "json"])
    func everySampleIsUnderstood(_ name: String, _ format: String) throws {
        let answer = try ITKAnswer(reading: AnswerSample.bytes(name, format))
        let code = try #require(answer.code)
        #expect(name.hasSuffix(code.digits))
        #expect(code.level == (name.hasPrefix("business") ? .business : .infrastructure))
        #expect(answer.verdict == Self.verdicts[code.digits])
        #expect(answer.subject == (code.digits == "10009" ? .unreadable : Self.original.map { .message($0) }))
        #expect(answer.isPositive == ["20013", "30001", "30004"].contains(code.digits))
        #expect(!answer.wantsAnswer)
        #expect(answer.mailbox == "A81001GP1")
        #expect(answer.senderReference == "None")
        #expect(answer.id != nil)
    }

    private static let verdicts: [String: ITKAnswer.Verdict] = [
        "30001": .filed, "30004": .filed, "30003": .patientElsewhere, "30002": .patientElsewhere, "20008": .seenBefore,
        "20007": .seenBefore, "10001": .messageAtFault, "20009": .messageAtFault, "20014": .chainBroken,
        "20013": .arrived, "10009": .messageAtFault,
    ]

    // TG-03, G-26: what a test harness of NHS Digital makes of it: a person as sender, an answer asked for, no display,
    // several issues, another severity, ids written in other ways.
    @Test func variantsOfTheHarnessAreUnderstood() throws {
        let sample = String(decoding: try AnswerSample.bytes("business-moved-30003", "xml"), as: UTF8.self)
        let organization = try #require(sample.firstRange(of: /<Organization>(?s:.*)<\/Organization>/))
        let variant =
            sample.replacingCharacters(
                in: organization,
                with: "<Practitioner><id value=\"7c2dd964-bf0e-5f83-9cc7-cd197bdac16b\"/></Practitioner>"
            )
            .replacing(/<display value="Patient no longer[^>]*>/, with: "")
            .replacing("<severity value=\"fatal\"/>", with: "<severity value=\"error\"/>")
            .replacing(
                "<extension url=\"InfAckRequested\">\n            <valueBoolean value=\"false\"/>",
                with: "<extension url=\"InfAckRequested\"><valueBoolean value=\"true\"/>"
            )
            .replacing(
                "<response>\n          <identifier value=\"a5af5d7f",
                with: "<response><identifier value=\"urn:uuid:A5AF5D7F"
            )
            .replacing(
                "<issue>",
                with: "<issue><severity value=\"information\"/><details><coding><system value=\"urn:other\"/>"
                    + "<code value=\"30001\"/></coding></details></issue><issue>"
            )
        let answer = try ITKAnswer(reading: Array(variant.utf8))
        #expect(answer.subject == Self.original.map { .message($0) })
        #expect(answer.code?.digits == "30003")
        #expect(answer.verdict == .patientElsewhere)
        #expect(answer.wantsAnswer)
    }

    // G-26: response.code decides, then the code.
    @Test(arguments: [
        ("ok", "30004", ITKAnswer.Verdict.filed), ("fatal-error", "30004", .unclear), ("ok", "20099", .arrived),
        ("fatal-error", "20099", .unclear), ("ok", "30010", .unclear), ("fatal-error", "30010", .unclear),
        ("fatal-error", "20002", .wrongPractice), ("fatal-error", "20010", .wrongPractice),
        ("fatal-error", "20003", .senderRefused), ("fatal-error", "20012", .senderRefused),
        ("fatal-error", "10010", .messageAtFault), ("fatal-error", "20006", .messageAtFault),
        ("fatal-error", "20015", .messageAtFault), ("fatal-error", "20001", .unclear), ("ok", "", .unclear),
        ("transient-error", "30002", .patientElsewhere), ("fatal-error", "2001", .unclear),
    ])
    func theResponseCodeDecidesFirst(_ response: String, _ code: String, _ verdict: ITKAnswer.Verdict) throws {
        let answer: JSONValue = [
            "resourceType": "Bundle",
            "entry": [
                [
                    "resource": [
                        "resourceType": "MessageHeader",
                        "response": ["identifier": "x", "code": .string(response)],
                    ]
                ],
                [
                    "resource": [
                        "resourceType": "OperationOutcome",
                        "issue": [["details": ["coding": [["code": .string(code)]]]]],
                    ]
                ],
            ],
        ]
        let read = try ITKAnswer(reading: answer.bytes)
        #expect(read.verdict == verdict)
        #expect(read.subject == .unknown)
    }

    @Test func whatIsNoAnswerIsRefused() throws {
        let message = try DocumentSample("01-new-covid").expectedXML
        #expect(throws: ITKAnswerError.noResponse) { try ITKAnswer(reading: message) }
        #expect(throws: ITKAnswerError.noResponse) { try ITKAnswer(reading: Array("{}".utf8)) }
        #expect(throws: ITKAnswerError.json(.unexpectedEnd(offset: 1))) { try ITKAnswer(reading: Array("{".utf8)) }
        #expect(throws: ITKAnswerError.xml(.unexpectedEnd(offset: 0))) { try ITKAnswer(reading: []) }
        #expect(throws: ITKAnswerError.xml(.documentType(offset: 0))) {
            try ITKAnswer(reading: Array("<!DOCTYPE x>".utf8))
        }
    }

    // G-28
    @Test func anAnswerThatWantsOneIsAnswered() throws {
        var answer = try ITKAnswer(reading: AnswerSample.bytes("business-known-30001", "xml"))
        let composer = AnswerComposer(sender: DocumentSender(odsCode: "X26", mailbox: "X26HERALD1"))
        let now = Date(timeIntervalSince1970: 1_738_405_200)
        #expect(composer.answer(to: answer, at: now) == nil)
        answer.wantsAnswer = true
        answer.senderReference = "r & s"
        let bundle = try #require(composer.answer(to: answer, at: now))
        let back = try ITKAnswer(reading: STU3XMLWriter.document(of: bundle))
        #expect(back.subject == answer.id.map { .message($0) })
        #expect(back.code == .success)
        #expect(back.verdict == .arrived)
        #expect(!back.wantsAnswer)
        #expect(back.mailbox == "X26HERALD1")
        #expect(back.senderReference == "r & s")
        // It has the form of the samples, ids and values aside.
        let sample = try JSONValue(parsing: AnswerSample.bytes("infrastructure-success-20013", "json"))
        #expect(Self.shape(bundle) == Self.shape(sample))
        // An infrastructure answer is never answered, even if it asks.
        answer.code = .success
        #expect(composer.answer(to: answer, at: now) == nil)
    }

    private static func shape(_ value: JSONValue) -> Set<String> {
        switch value {
        case .object(let object):
            Set(object.members.flatMap { member in [member.name] + shape(member.value).map { "\(member.name).\($0)" } })
        case .array(let elements): Set(elements.flatMap { shape($0) })
        default: []
        }
    }
}
