import Feeds
import Foundation
import Testing
import Vaccination

@Suite struct AcknowledgementTests {
    private static let id = UUID(
        uuid: (0x0B, 0x8E, 0x9D, 0x3C, 0x11, 0x11, 0x42, 0x22, 0x83, 0x33, 0x44, 0x44, 0x55, 0x55, 0x66, 0x66)
    )
    private static let idText = "0b8e9d3c-1111-4222-8333-444455556666"
    private static let received: Int64 = 1_736_928_191_500_000
    private let acknowledgement = BusinessAcknowledgement(
        messageID: id,
        base: "FLU_Vaccinations_v5_YGM41_20250115T08000000",
        received: received,
        supplier: "EMIS"
    )

    private func infrastructure(_ isSuccess: Bool) -> InfrastructureAcknowledgement {
        InfrastructureAcknowledgement(messageID: Self.id, base: "FLU_x", received: Self.received, isSuccess: isSuccess)
    }

    @Test func theInfAckHasItsNameAndItsTwelveColumns() {
        let header =
            "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|ISSUE_SEVERITY|ISSUE_CODE|ISSUE_DETAILS_CODE|RESPONSE_TYPE|RESPONSE_CODE|"
            + "RESPONSE_DISPLAY|RECEIVED_TIME|MAILBOX_FROM|LOCAL_ID|MESSAGE_DELIVERY\r\n"
        #expect(infrastructure(true).fileName == "FLU_x_InfAck_20250115T08031100.csv")
        #expect(
            String(decoding: infrastructure(true).csv, as: UTF8.self) == header + Self.idText
                + "|Success|Information|OK|20013|Technical|20013|Success|20250115T08031100|||True\r\n"
        )
        #expect(
            String(decoding: infrastructure(false).csv, as: UTF8.self) == header + Self.idText
                + "|Failure|Fatal|Fatal Error|10001|Technical|10002|Infrastructure Level Response Value - Processing Error"
                + "|20250115T08031100|||False\r\n"
        )
    }

    @Test func theBusAckCSVListsAFailedRowInFourteenColumns() {
        var output: [UInt8] = []
        acknowledgement.beginCSV(into: &output)
        let findings = [RowFinding.notFound(RecordIdentifier(system: "https://s/", value: "7"))]
        acknowledgement.appendCSV(
            RowFailure(
                rowNumber: 3,
                identifier: RecordIdentifier(system: "https://s/", value: "7"),
                findings: findings
            ),
            into: &output
        )
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3 && lines[2].isEmpty)
        #expect(
            lines[0]
                == "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|ISSUE_SEVERITY|ISSUE_CODE|ISSUE_DETAILS_CODE|RESPONSE_TYPE|RESPONSE_CODE|RESPONSE_DISPLAY|RECEIVED_TIME|MAILBOX_FROM|LOCAL_ID|IMMS_ID|OPERATION_OUTCOME|MESSAGE_DELIVERY"
        )
        #expect(
            lines[1]
                == "\(Self.idText)^3|Fatal Error|Fatal|Fatal Error|30002|Business|30002|Business Level Response Value - Processing Error|20250115T08031100||7^https://s/||Immunization resource does not exist. ID: https://s/#7|False"
        )
        #expect(
            acknowledgement.csvFileName == "FLU_Vaccinations_v5_YGM41_20250115T08000000_BusAck_20250115T08031100.csv"
        )
        #expect(
            acknowledgement.jsonFileName == "FLU_Vaccinations_v5_YGM41_20250115T08000000_BusAck_20250115T08031100.json"
        )
    }

    @Test func textsAreBroughtOnOneLineAndQuotedWhereTheyMust() {
        var output: [UInt8] = []
        let failure = RowFailure(
            rowNumber: 1,
            localID: "a|b\"c\nd^u",
            operationOutcome: "one\r\n\ttwo\u{A0} three | four  ",
            diagnostics: []
        )
        acknowledgement.appendCSV(failure, into: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.contains("|\"a|b\"\"c\nd^u\"||\"one two three|four \"|False\n"))
    }

    @Test func theBusAckJSONHoldsSummaryAndFailures() throws {
        var output: [UInt8] = []
        let summary = BusinessAcknowledgement.Summary(
            totalRecords: 8,
            failed: 2,
            ingestionStart: 1_736_928_000_999_999,
            ingestionEnd: 1_736_928_191_000_000
        )
        acknowledgement.beginJSON(summary, generated: Self.received, into: &output)
        let checker = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: Self.received)
        for row in 1...2 {
            guard
                case .rejected(let findings, let identifier) = checker.check(
                    SampleRow.record([.personDOB: "", .locationCode: "", .uniqueID: "quote\" \u{1} é"])
                )
            else {
                Issue.record("the row was accepted")
                return
            }
            let failure = RowFailure(rowNumber: Int64(row), identifier: identifier, findings: findings)
            acknowledgement.appendJSON(failure, first: row == 1, into: &output)
        }
        acknowledgement.endJSON(into: &output)

        let json = try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
        #expect(json["version"] as? Int == 1)
        #expect(json["generatedDate"] as? String == "2025-01-15T08:03:11.000Z")
        #expect(json["provider"] as? String == "EMIS")
        #expect(json["filename"] as? String == "FLU_Vaccinations_v5_YGM41_20250115T08000000")
        #expect(json["messageHeaderId"] as? String == Self.idText)
        let found = try #require(json["summary"] as? [String: Any])
        #expect(found["totalRecords"] as? Int == 8 && found["succeeded"] as? Int == 6 && found["failed"] as? Int == 2)
        #expect(found["ingestionTime"] as? [String: Int] == ["start": 1_736_928_000, "end": 1_736_928_191])
        let failures = try #require(json["failures"] as? [[String: Any]])
        #expect(failures.map { $0["rowId"] as? Int } == [1, 2])
        #expect(failures[0]["localId"] as? String == "quote\" \u{1} é^https://supplier.example.nhs.uk/")
        #expect(failures[0]["responseCode"] as? String == "30002")
        let diagnostics = try #require(failures[0]["diagnostics"] as? [[String: String]])
        #expect(diagnostics.map { $0["column"] } == ["PERSON_DOB", "LOCATION_CODE"])
        #expect(diagnostics.map { $0["kind"] } == ["MANDATORY", "MANDATORY"])
        #expect(diagnostics[1]["location"] == "location.identifier.value")
        #expect(diagnostics.allSatisfy { $0["advice"]?.isEmpty == false })
    }

    @Test func aFileWithoutFailuresHasAnEmptyListAndAHeader() throws {
        var csv: [UInt8] = []
        acknowledgement.beginCSV(into: &csv)
        #expect(csv.count { $0 == 0x0A } == 1)
        var json: [UInt8] = []
        let summary = BusinessAcknowledgement.Summary(totalRecords: 1, failed: 0, ingestionStart: 0, ingestionEnd: 0)
        acknowledgement.beginJSON(summary, generated: 0, into: &json)
        acknowledgement.endJSON(into: &json)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect((object["failures"] as? [Any])?.isEmpty == true)
    }
}
