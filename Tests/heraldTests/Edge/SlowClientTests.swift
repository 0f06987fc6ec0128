import HTTPTypes
import HeraldTestKit
import NIOCore
import Store
import Testing

@testable import WebAPI
@testable import herald

/// A slow client does not slow others: time-outs and limits on connections, with real sockets.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct SlowClientTests {
    private static func hurried(_ configuration: inout HubConfiguration) {
        configuration.connectionLimits.head = .seconds(1)
        configuration.connectionLimits.body = .seconds(1)
        configuration.connectionLimits.rest = .seconds(1)
    }

    @Test func headersThatDripEndTheirConnectionsWhileOthersAreAnswered() async throws {
        try await HubFixture.with(Self.hurried) { fixture in
            try await fixture.listening { port in
                let slow = try (0..<50).map { _ in try SlowConnection(port: port) }
                for connection in slow { connection.send("GET /_ping HTTP/1.1\r\nHost: hub\r\nX-Slow: ") }
                try await eventually("the end of every slow connection") {
                    for connection in slow { connection.send("a") }
                    let good = try SlowConnection(port: port)
                    good.send("GET /_ping HTTP/1.1\r\nHost: hub\r\n\r\n")
                    try await good.wait(for: "200 OK")
                    return slow.allSatisfy { $0.isClosed() }
                }
                #expect(slow.allSatisfy { $0.received.isEmpty })
            }
        }
    }

    @Test func aBodyThatDripsEndsItsConnection() async throws {
        try await HubFixture.with(Self.hurried) { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs herald/admin.read", client: "operator")
            try await fixture.listening { port in
                let slow = try SlowConnection(port: port)
                slow.send(
                    "POST /admin/trace HTTP/1.1\r\nHost: hub\r\nAuthorization: \(bearer)\r\nContent-Length: 9999\r\n\r\n"
                )
                try await eventually("the end of the connection") {
                    slow.send(" ")
                    try await Task.sleep(for: .milliseconds(20))
                    return slow.isClosed()
                }
            }
        }
    }

    @Test func anUploadThatIsSlowButSteadyIsTakenIn() async throws {
        try await HubFixture.with { configuration in
            configuration.connectionLimits.body = .seconds(2)
            configuration.connectionLimits.bodyBytesPerSecond = 10
        } _: { fixture in
            let bearer = try await fixture.bearer()
            let file = SampleRows.file([SampleRows.row()])
            try await fixture.listening { port in
                let slow = try SlowConnection(port: port)
                slow.send(
                    "POST /feeds?filename=\(SampleRows.fileName) HTTP/1.1\r\nHost: hub\r\nAuthorization: \(bearer)\r\n"
                        + "Content-Length: \(file.count)\r\n\r\n"
                )
                for start in stride(from: 0, to: file.count, by: 50) {
                    slow.send(String(decoding: file[start..<min(start + 50, file.count)], as: UTF8.self))
                    try await Task.sleep(for: .milliseconds(150))
                }
                try await slow.wait(for: "202 Accepted")
            }
        }
    }

    @Test func aBodyThatGoesOnAfterItsRefusalEndsItsConnection() async throws {
        try await HubFixture.with(Self.hurried) { fixture in
            try await fixture.listening { port in
                let endless = try SlowConnection(port: port)
                endless.send("POST /feeds?filename=x HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await endless.wait(for: "401 Unauthorized")
                try await eventually("the end of the connection") {
                    endless.send("1\r\na\r\n")
                    try await Task.sleep(for: .milliseconds(20))
                    return endless.isClosed()
                }
            }
        }
    }

    @Test func anAddressHasSoManyConnectionsAndNoMore() async throws {
        try await HubFixture.with {
            $0.connectionLimits.connectionsPerAddress = 4
        } _: { fixture in
            try await fixture.listening { port in
                var open = try (0..<4).map { _ in try SlowConnection(port: port) }
                for connection in open {
                    connection.send("GET /_ping HTTP/1.1\r\nHost: hub\r\n\r\n")
                    try await connection.wait(for: "200 OK")
                }
                try await SlowConnection(port: port).waitForEnd()
                #expect(open.allSatisfy { !$0.isClosed() })
                open.removeFirst()
                try await eventually("room for another connection") {
                    let next = try SlowConnection(port: port)
                    next.send("GET /_ping HTTP/1.1\r\nHost: hub\r\n\r\n")
                    try await eventually("an answer, or the end") {
                        let isClosed = next.isClosed()
                        return isClosed || next.text.contains("200 OK")
                    }
                    return next.text.contains("200 OK")
                }
            }
        }
    }

    @Test func allAddressesTogetherHaveSoManyConnections() {
        let counter = ConnectionCounter(inAll: 3, perAddress: 2)
        #expect(["a", "a", "a", "b", "c"].map { counter.open($0) } == [true, true, false, true, false])
        counter.close("a")
        #expect(counter.open("c"))
    }
}
