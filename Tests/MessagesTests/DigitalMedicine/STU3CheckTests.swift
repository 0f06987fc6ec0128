import FHIR
import Foundation
import Messages
import Testing

/// gp-digital-medicine.md TG-02: what Herald writes, read by a library that knows nothing of Herald.
@Suite(.timeLimit(.minutes(2))) struct STU3CheckTests {
    // TG-02
    @Test func aGeneralParserHasNoComplaint() async throws {
        var bundles: [String: JSONValue] = [:]
        for name in DocumentSample.names {
            var sample = try DocumentSample(name)
            bundles[name] = try sample.message().bundle
            sample.order.siteName = "\"Siân\" & <Łódź> '李' 👩‍👩‍👧 ]]>\r\n\t."
            sample.order.careSetting = .init(code: "310080006", display: "Pharmacy service")
            bundles["\(name)-hostile"] = try sample.message().bundle
        }
        var answer = try ITKAnswer(reading: AnswerSample.bytes("business-known-30001", "xml"))
        answer.wantsAnswer = true
        let composer = AnswerComposer(sender: DocumentSender(odsCode: "X26", mailbox: "X26HERALD1"))
        bundles["answer"] = composer.answer(to: answer, at: Date())
        let result = try await STU3Checker.check(bundles)
        #expect(result.text == "\(2 * bundles.count) files are good\n")
        #expect(result.isGood)
    }

    @Test func theParserFindsWhatIsWrong() async throws {
        let message = try DocumentSample("01-new-covid").message()
        let text = String(decoding: try message.bytes(.xml), as: UTF8.self)
        let late = text.replacing("<status value=\"finished\"/>", with: "")
            .replacing("</Encounter>", with: "<status value=\"finished\"/></Encounter>")
        let unknown = text.replacing("<notGiven value=\"false\"/>", with: "<recorded value=\"2025\"/>")
        let result = try await STU3Checker.check(
            ["r4": ["resourceType": "Immunization", "occurrenceDateTime": "2025-01-01"]],
            xml: ["late": Array(late.utf8), "unknown": Array(unknown.utf8)]
        )
        #expect(!result.isGood)
        #expect(result.text.contains("Encounter.status: comes too late"))
        #expect(result.text.contains("Immunization has no such element"))
        #expect(result.text.contains("r4.json"))
    }
}

/// `deploy/stu3/check.py` with the library that `deploy/test` installs.
enum STU3Checker {
    /// What the checker said of bundles in both forms, and of further XML.
    static func check(
        _ bundles: [String: JSONValue],
        xml: [String: [UInt8]] = [:]
    ) async throws -> (
        isGood: Bool, text: String
    ) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-stu3-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var documents = xml
        for (name, bundle) in bundles {
            try Data(bundle.bytes).write(to: folder.appending(path: "\(name).json"))
            documents[name] = try? STU3XMLWriter.document(of: bundle)
        }
        for (name, bytes) in documents { try Data(bytes).write(to: folder.appending(path: "\(name).xml")) }
        return try await run(folder.path)
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static func run(_ folder: String) async throws -> (isGood: Bool, text: String) {
        let environment = ProcessInfo.processInfo.environment
        let python = (environment["HERALD_TEST_FHIR_RESOURCES"] ?? root + "/.build/fhir-resources") + "/bin/python"
        if !FileManager.default.isExecutableFile(atPath: python), environment["HERALD_REQUIRE_SERVICES"] != "1" {
            try Test.cancel("needs \(python), which deploy/test installs")
        }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root + "/deploy/stu3/check.py", folder]
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // Reading blocks, so it has a thread of its own.
        let text = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let text = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: String(decoding: text, as: UTF8.self))
            }
        }
        return (process.terminationStatus == 0, text)
    }
}
