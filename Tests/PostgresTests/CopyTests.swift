import Foundation
import HeraldTestKit
import Testing

@testable import Postgres

struct CopyBufferTests {
    private func fault(_ build: (inout CopyBuffer) -> Void, columns: Int = 2) -> String? {
        var buffer = CopyBuffer()
        build(&buffer)
        do throws(PostgresError) {
            try buffer.check(columns: columns)
            return nil
        } catch {
            guard case .encoding(let text) = error else { return nil }
            return text
        }
    }

    @Test func noticesRowsThatAreNotWhole() {
        #expect(
            fault {
                $0.beginRow(columns: 2); $0.append(int4: 1)
            } == "COPY: a row with a column too few"
        )
        #expect(
            fault {
                $0.beginRow(columns: 1); $0.beginRow(columns: 1)
            } == "COPY: a row with a column too few"
        )
        #expect(
            fault {
                $0.beginRow(columns: 1); $0.append(int4: 1); $0.append(int4: 1)
            } == "COPY: a row with a column too many"
        )
        #expect(
            fault {
                $0.beginRow(columns: 1); $0.append(int4: 1)
            } == "COPY: rows with different numbers of columns"
        )
        #expect(
            fault {
                $0.beginRow(columns: 2); $0.append(int4: 1); $0.openField()
            } == "COPY: a row with a column too few"
        )
        #expect(
            fault {
                $0.beginRow(columns: 2); $0.closeField()
            } == "COPY: a field opened twice, or closed without being open"
        )
        #expect(
            fault {
                $0.beginRow(columns: 2); $0.append(timestamp: .min); $0.append(date: .min)
            }?.contains("range") == true
        )
        #expect(
            fault {
                $0.beginRow(columns: 2); $0.append(int4: 1); $0.appendNull()
            } == nil
        )
    }

    @Test func startsAfreshOnceEmptied() throws {
        var buffer = CopyBuffer()
        buffer.beginRow(columns: 3)
        buffer.removeAll()
        #expect(buffer.count == 0 && buffer.bytes.isEmpty)
        try buffer.check(columns: 2)
    }

    @Test func patchesTheLengthOfAFieldWrittenDirectly() {
        var buffer = CopyBuffer()
        buffer.beginRow(columns: 1)
        buffer.openField()
        buffer.bytes += [7, 8, 9]
        buffer.closeField()
        #expect(buffer.bytes == [0, 1, 0, 0, 0, 3, 7, 8, 9])
    }
}

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct CopyTests {
    private static let columns = ["b", "i2", "i4", "i8", "d", "t", "u", "w", "day", "y", "j", "jb"]
    private static let table = """
        CREATE TABLE "every Type" (n serial, b bool, i2 int2, i4 int4, i8 int8, d float8, t text, u uuid, w timestamptz,
                                   day date, y bytea, j json, jb jsonb)
        """

    @Test func everyTypeArrivesAsItWas() async throws {
        let uuid = UUID()
        let (high, low) = withUnsafeBytes(of: uuid.uuid) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        let instant = Date(timeIntervalSince1970: 1_700_000_000.123456)
        var buffer = CopyBuffer()
        for variant in 0..<3 {
            buffer.beginRow(columns: Self.columns.count)
            buffer.append(bool: true)
            buffer.append(int2: -2)
            buffer.append(int4: -4)
            buffer.append(int8: -8)
            buffer.append(double: 0.5)
            switch variant {
            case 0:
                buffer.append(text: "naïve 😀")
                buffer.append(uuid: uuid)
                buffer.append(timestamp: instant)
            case 1:
                buffer.append(utf8: Array("xnaïve 😀".utf8)[1...])
                buffer.append(uuid: (high, low))
                buffer.append(timestamp: 1_700_000_000_123_456)
            default:
                buffer.append(utf8: "naïve 😀".utf8.lazy.map { $0 })
                withUnsafeBytes(of: uuid.uuid) { buffer.append(uuid: $0) }
                buffer.append(timestamp: instant)
            }
            buffer.append(date: -1)
            buffer.append(bytes: [0, 1, 255])
            buffer.append(text: #"{"a":1}"#)
            buffer.append(jsonb: #"{"a":1}"#)
        }
        buffer.beginRow(columns: Self.columns.count)
        for _ in Self.columns { buffer.appendNull() }
        try await withConnection { connection in
            try await connection.execute(script: Self.table)
            #expect(try await connection.copy(into: "every Type", columns: Self.columns, buffer) == 4)
            let rows = try await connection.query("SELECT * FROM \"every Type\" ORDER BY n")
            for row in rows.prefix(3) {
                #expect(try row.decode("b") == true)
                #expect(try row.decode("i2") == Int16(-2))
                #expect(try row.decode("i4") == Int32(-4))
                #expect(try row.decode("i8") == Int64(-8))
                #expect(try row.decode("d") == 0.5)
                #expect(try row.decode("t") == "naïve 😀")
                #expect(try row.decode("u") == uuid)
                #expect(abs(try row.decode("w", as: Date.self).timeIntervalSince(instant)) < 0.000_001)
                #expect(try row.decode("day") == PostgresDay(daysSince1970: -1))
                #expect(try row.decode("y") == [0, 1, 255] as [UInt8])
                #expect(try row.decode("j") == #"{"a":1}"#)
                #expect(try row.decode("jb") == #"{"a": 1}"#)
            }
            let nulls = try #require(rows.last)
            for column in Self.columns {
                let isNull = try await connection.query(
                    "SELECT \(column) IS NULL FROM \"every Type\" WHERE n = $1",
                    [.int4(nulls.decode("n"))]
                )
                #expect(try isNull.first?.decode(0) == true)
            }
        }
    }

    @Test func aHundredThousandRowsGoInAtOnce() async throws {
        var buffer = CopyBuffer()
        for number in 0..<100_000 {
            buffer.beginRow(columns: 2)
            buffer.append(int4: Int32(number))
            buffer.append(text: "row \(number)")
        }
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int, name text)")
            #expect(try await connection.copy(into: "thing", columns: ["id", "name"], buffer) == 100_000)
            let row = try await connection.query(
                "SELECT count(*), sum(id), count(*) FILTER (WHERE name = 'row ' || id) FROM thing"
            ).first
            #expect(try row?.decode(0) == 100_000)
            #expect(try row?.decode(1) == 4_999_950_000)
            #expect(try row?.decode(2) == 100_000)
        }
    }

    @Test func aRefusedRowTakesAllWithItAndIsNamed() async throws {
        var buffer = CopyBuffer()
        for number in [1, 2, 3, 2, 5] as [Int32] {
            buffer.beginRow(columns: 1)
            buffer.append(int4: number)
        }
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int CONSTRAINT thing_key PRIMARY KEY)")
            let error = await postgresError { try await connection.copy(into: "thing", columns: ["id"], buffer) }
            #expect(error?.isUniqueViolation == true)
            #expect(error?.constraint == "thing_key")
            #expect(error?.copyLine == 4)
            #expect(try await connection.query("SELECT 1 FROM thing").isEmpty)
            #expect(connection.isReusable)
        }
    }

    @Test func anEmptyBufferAsksNothing() async throws {
        try await withConnection { connection async throws in
            #expect(try await connection.copy(into: "no such table", columns: ["a"], CopyBuffer()) == 0)
        }
    }

    @Test func aTornRowIsNotSent() async throws {
        var buffer = CopyBuffer()
        buffer.beginRow(columns: 2)
        buffer.append(int4: 1)
        try await withConnection { connection in
            let error = await postgresError { try await connection.copy(into: "thing", columns: ["a", "b"], buffer) }
            guard case .encoding = error else { throw Refusal() }
        }
    }
}
