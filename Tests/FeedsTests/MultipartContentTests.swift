import Testing

@testable import Feeds

/// The first part of a multipart body (`csv-feed.md` §12).
@Suite struct MultipartContentTests {
    private static let content = "NHS_NUMBER|…\r\n--not the boundary\r\n\"1\"|\r\n"

    private static func body(
        _ header: String =
            "Content-Disposition: form-data; name=\"f\"; filename=\"FLU.csv\"\r\nContent-Type: text/csv\r\n",
        content: String = content,
        end: String = "\r\n--b0undary--\r\n",
        before: String = ""
    ) -> [UInt8] {
        Array("\(before)--b0undary\r\n\(header)\r\n\(content)\(end)".utf8)
    }

    private func read(_ body: [UInt8], pieces size: Int) async throws -> (name: String?, content: String) {
        let stream = AsyncStream<[UInt8]> { continuation in
            for start in stride(from: 0, to: body.count, by: size) {
                continuation.yield(Array(body[start..<min(start + size, body.count)]))
            }
            continuation.finish()
        }
        let part = try await MultipartContent(stream, boundary: "b0undary")
        var bytes: [UInt8] = []
        for try await piece in part { bytes += piece }
        return (part.fileName, String(decoding: bytes, as: UTF8.self))
    }

    @Test(arguments: [1, 2, 3, 7, 13, 64, 10_000]) func theFirstPartIsReadHoweverTheBytesCome(_ size: Int) async throws
    {
        for body in [
            Self.body(), Self.body(before: "a preamble\r\n"),
            Self.body(end: "\r\n--b0undary\r\nContent-Type: text/plain\r\n\r\nanother part\r\n--b0undary--"),
        ] {
            let (name, content) = try await read(body, pieces: size)
            #expect(name == "FLU.csv")
            #expect(content == Self.content)
        }
    }

    @Test func aPartMayHaveNoNameAndNoHeader() async throws {
        let (name, content) = try await read(Self.body(""), pieces: 5)
        #expect(name == nil && content == Self.content)
    }

    @Test func aPartMayBeEmpty() async throws {
        #expect(try await read(Self.body(content: ""), pieces: 3).content.isEmpty)
    }

    @Test func aBodyThatEndsBeforeItsBoundaryIsAnUnexpectedEOF() async throws {
        let whole = Self.body(end: "\r\n--b0undary")
        for end in [0, 5, 20, 60, whole.count - 3, whole.count - 1] {
            await #expect(throws: FeedFileError.unexpectedEnd) { try await read(Array(whole[..<end]), pieces: 11) }
        }
        #expect(FeedFileError.unexpectedEnd.text == "Unexpected EOF")
        #expect(FeedFileError.unexpectedEnd.status == .failed)
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Mixed; charset=utf-8; Boundary=\"a b;c\"", nil),
        ("multipart/form-data; boundary=\"abc\"", "abc"), ("multipart/form-data", nil), ("text/csv; boundary=abc", nil),
    ])
    func theBoundaryIsRead(_ type: String, _ boundary: String?) {
        if boundary != nil { #expect(multipartBoundary(of: type) == boundary) }
        if !type.lowercased().hasPrefix("multipart") { #expect(multipartBoundary(of: type) == nil) }
    }
}
