import Messages
import Testing
import Vaccination

@Suite("Answers to the national feed (csv-feed.md §8)")
struct FeedAnswerTests {
    private static let base = "FLU_Vaccinations_v5_X26_20250201T11000000_D00000042-001"

    private func read(_ text: String, _ kind: String, _ type: String = "csv") throws -> FeedAnswer {
        let (base, answer) = try FeedAnswer.read(
            Array(text.utf8),
            named: "\(Self.base)_\(kind)_20250201T11050000.\(type)"
        )
        #expect(base == Self.base)
        return answer
    }

    @Test("§8.1: an InfAck says whether the file was taken", arguments: [("Success", true), ("Failure", false)])
    func infrastructure(code: String, isSuccess: Bool) throws {
        let text = "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|ISSUE_SEVERITY\r\n5f1|\(code)|Information\r\n"
        #expect(try read(text, "InfAck") == .infrastructure(isSuccess: isSuccess))
    }

    @Test("§8.2: a BusAck lists the rows that failed, with records and reasons")
    func business() throws {
        let header = "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|LOCAL_ID|OPERATION_OUTCOME|MESSAGE_DELIVERY\n"
        #expect(try read(header, "BusAck") == .business([]))
        let rows = """
            5f1^2|Fatal Error|id-2^https://supplier.example.nhs.uk/|no permission|False
            5f1^3|OK|id-3^https://supplier.example.nhs.uk/||True
            5f1^9|Fatal Error|"a|b^c^https://supplier.example.nhs.uk/"|"a ""quoted"" | reason"|False

            """
        let system = "https://supplier.example.nhs.uk/"
        let expected = FeedAnswer.business([
            FeedAnswer.RowFailure(
                row: 2,
                recordID: RecordID(RecordIdentifier(system: system, value: "id-2")),
                outcome: "no permission"
            ),
            FeedAnswer.RowFailure(
                row: 9,
                recordID: RecordID(RecordIdentifier(system: system, value: "a|b^c")),
                outcome: "a \"quoted\" | reason"
            ),
        ])
        #expect(try read(header + rows, "BusAck") == expected)
        let json = """
            {"system": "x", "failures": [{"rowId": 2, "localId": "id-2^\(system)", "operationOutcome": "no permission"},
             {"rowId": 9, "localId": "a|b^c^\(system)", "operationOutcome": "a \\"quoted\\" | reason"}]}
            """
        #expect(try read(json, "BusAck", "json") == expected)
    }

    @Test(arguments: [
        ("x_InfAck_1.csv", ""), ("x_InfAck_1.csv", "HEADER_RESPONSE_CODE\nPerhaps\n"), ("x_InfAck_1.csv", "A|B\n1|2\n"),
        ("x_BusAck_1.csv", ""), ("x_BusAck_1.csv", "MESSAGE_HEADER_ID|LOCAL_ID|OPERATION_OUTCOME\nno-row||\n"),
        ("x_BusAck_1.csv", "MESSAGE_HEADER_ID|LOCAL_ID|OPERATION_OUTCOME\n5f1^1|\n"), ("x_BusAck_1.json", "{}"),
        ("x_BusAck_1.json", "nonsense"), ("x.csv", "MESSAGE_HEADER_ID\n"),
        ("_InfAck_1.csv", "HEADER_RESPONSE_CODE\nSuccess\n"),
    ])
    func whatIsNoAnswerIsRefused(name: String, content: String) {
        #expect(throws: MessagesError.answer(file: name)) { try FeedAnswer.read(Array(content.utf8), named: name) }
    }
}
