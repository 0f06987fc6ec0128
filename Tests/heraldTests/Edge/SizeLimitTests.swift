import AsyncHTTPClient
import HeraldTestKit
import NIOHTTP1
import NIOCore
import Store
import Testing

@testable import WebAPI
@testable import herald

/// How big requests may be: Q-130, 413 and 431 (`immunisation-history.md` §9, §10).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct SizeLimitTests {
    private func head(_ path: String = "/_ping", padding: Int) -> String {
        "GET \(path) HTTP/1.1\r\nHost: hub\r\nX-Padding: \(String(repeating: "a", count: padding))\r\n\r\n"
    }

    @Test func linesAndHeadersOfMoreThan16KiBAre431() async throws {
        try await HubFixture.with { fixture in
            try await fixture.listening { port in
                let fits = try SlowConnection(port: port)
                fits.send(head(padding: 15 << 10))
                try await fits.wait(for: "200 OK")
                let path = "/_ping?" + String(repeating: "a", count: 10 << 10)
                let heads = [head(padding: 17 << 10), head(padding: 1 << 20), head(path, padding: 8 << 10)]
                for text in heads + [head("/" + String(repeating: "a", count: 20 << 10), padding: 0)] {
                    let connection = try SlowConnection(port: port)
                    connection.send(text)
                    try await connection.waitForEnd()
                    #expect(connection.text.hasPrefix("HTTP/1.1 431"))
                    #expect(connection.text.contains("too-long"))
                    #expect(connection.text.contains("nosniff"))
                }
            }
        }
    }

    @Test func manySmallHeadersAre431Too() async throws {
        try await HubFixture.with { fixture in
            try await fixture.listening { port in
                let connection = try SlowConnection(port: port)
                let headers = (0..<1000).map { "X-\($0): 1\r\n" }.joined()
                connection.send("GET /_ping HTTP/1.1\r\nHost: hub\r\n\(headers)\r\n")
                try await connection.waitForEnd()
                #expect(connection.text.hasPrefix("HTTP/1.1 431"))
            }
        }
    }

    @Test(arguments: [true, false])
    func bodiesOfMoreThan1MiBAre413(isLengthKnown: Bool) async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer()
            try await fixture.listening { (port) async throws in
                // Blanks are neither a resource nor a search: what is not too long is a 400.
                #expect(try await post(port, bearer, "application/fhir+json", 1 << 19, isLengthKnown) == 400)
                #expect(try await post(port, bearer, "application/fhir+json", 1 << 21, isLengthKnown) == 413)
                let (form, path) = ("application/x-www-form-urlencoded", "/FHIR/R4/Immunization/_search")
                #expect(try await post(port, bearer, form, 63 << 10, isLengthKnown, path: path) == 400)
                #expect(try await post(port, bearer, form, 65 << 10, isLengthKnown, path: path) == 413)
            }
        }
    }

    @Test func aFeedMayBeLonger() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer()
            let file = SampleRows.file(Array(repeating: SampleRows.row(), count: 4000))
            #expect(file.count > SizeLimits.body)
            try await fixture.listening { (port) async throws in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/feeds?filename=\(SampleRows.fileName)")
                request.method = .POST
                request.headers.add(name: "Authorization", value: bearer)
                request.body = .bytes(ByteBuffer(bytes: file))
                #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(60)).status == .accepted)
            }
        }
    }

    private func post(
        _ port: Int,
        _ authorization: String,
        _ type: String,
        _ size: Int,
        _ isLengthKnown: Bool,
        path: String = "/FHIR/R4/Immunization"
    ) async throws -> UInt {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .POST
        request.headers.add(name: "Authorization", value: authorization)
        request.headers.add(name: "Content-Type", value: type)
        let pieces = AsyncStream<ByteBuffer> { stream in
            for _ in 0..<size / 1024 { stream.yield(ByteBuffer(repeating: 0x20, count: 1024)) }
            stream.finish()
        }
        request.body = .stream(pieces, length: isLengthKnown ? .known(Int64(size)) : .unknown)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return response.status.code
    }
}
