import Foundation
import HeraldTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct ValueTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomValuesComeBackAsTheyWent(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        try await withConnection { connection in
            for _ in 0..<25 {
                let int2 = Int16.random(in: .min ... .max, using: &random)
                let int4 = Int32.random(in: .min ... .max, using: &random)
                let int8 = Int64.random(in: .min ... .max, using: &random)
                let double = Double(bitPattern: random.next())
                let text = random.text()
                let bytes = (0..<Int.random(in: 0...50, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let uuid = random.uuid()
                let date = Date(
                    timeIntervalSince1970: Double(
                        Int64.random(in: -5_000_000_000_000...5_000_000_000_000, using: &random)
                    ) / 1000
                )
                let day = Int32.random(in: -700_000...1_000_000, using: &random)
                let row = try #require(
                    try await connection.query(
                        "SELECT $1 AS b, $2 AS i2, $3 AS i4, $4 AS i8, $5 AS d, $6 AS t, $7 AS y, $8 AS u, $9 AS w, $10 AS day, $11 AS nothing",
                        [
                            .bool(int2 > 0), .int2(int2), .int4(int4), .int8(int8), .double(double), .text(text),
                            .bytes(bytes),
                            .uuid(uuid), .timestamp(date), .date(day), .text(optional: nil),
                        ]
                    ).first
                )
                #expect(try row.decode("b") == (int2 > 0))
                #expect(try row.decode("i2") == int2)
                #expect(try row.decode("i4") == int4)
                #expect(try row.decode("i8") == int8)
                #expect(try row.decode("d", as: Double.self).bitPattern == double.bitPattern || double.isNaN)
                #expect(try row.decode("t") == text)
                #expect(try row.decode("y") == bytes)
                #expect(try row.decode("u") == uuid)
                #expect(abs(try row.decode("w", as: Date.self).timeIntervalSince(date)) < 0.000_001)
                #expect(try row.decode("day") == PostgresDay(daysSince1970: day))
                #expect(try row.decode("nothing", as: String?.self) == nil)
                #expect(try row.decode("i4", as: Int32?.self) == int4)
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomArraysComeBackAsTheyWent(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        try await withConnection { connection in
            for count in [0, 1, 7, 100] {
                let texts = (0..<count).map { _ in random.text() }
                let uuids = (0..<count).map { _ in random.uuid() }
                let int2s = (0..<count).map { _ in Int16.random(in: .min ... .max, using: &random) }
                let int4s = (0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) }
                let int8s = (0..<count).map { _ in Int64.random(in: .min ... .max, using: &random) }
                let blocks = texts.map { Array($0.utf8) }
                let gaps = texts.map { $0.utf8.count.isMultiple(of: 2) ? $0 : nil }
                let row = try #require(
                    try await connection.query(
                        "SELECT $1, $2, $3, $4, $5, $6, $7",
                        [
                            .texts(texts), .uuids(uuids), .int2s(int2s), .int4s(int4s), .int8s(int8s),
                            .byteArrays(blocks),
                            .texts(optional: gaps),
                        ]
                    ).first
                )
                #expect(try row.decode(0) == texts)
                #expect(try row.decode(1) == uuids)
                #expect(try row.decode(2) == int2s)
                #expect(try row.decode(3) == int4s)
                #expect(try row.decode(4) == int8s)
                #expect(try row.decode(5) == blocks)
                #expect(try row.decode(6) == gaps)
            }
        }
    }

    @Test func theServerSeesTheValuesMeant() async throws {
        try await withConnection { connection in
            let row = try #require(
                try await connection.query(
                    """
                    SELECT $1 = timestamptz '2024-02-29 12:34:56.789012Z', $2 = date '1969-12-31', $3 = jsonb '{"a": [1]}',
                           $4 = ARRAY['a', 'ß', '']::text[], $5 = '\\x00ff'::bytea, $6 = ARRAY[true, false],
                           $7 = ARRAY[timestamptz '2000-01-01 00:00Z'], $8 = ARRAY[date '2000-01-01'], $9 = ARRAY[0.5::float8]
                    """,
                    [
                        .timestamp(Date(timeIntervalSince1970: 1_709_210_096.789012)), .date(-1), .jsonb(#"{"a":[1]}"#),
                        .texts(["a", "ß", ""]), .bytes([0, 255]), .bools([true, false]),
                        .timestamps([Date(timeIntervalSince1970: 946_684_800)]), .dates([10_957]), .doubles([0.5]),
                    ]
                ).first
            )
            for column in 0..<9 {
                #expect(try row.decode(column) == true, "column \(column)")
            }
        }
    }

    @Test func widensIntegersAndReadsAllKindsOfText() async throws {
        try await withConnection { connection in
            let row = try #require(
                try await connection.query(
                    """
                    SELECT 1::int2, 2::int4, 3::int8, 1.5::float4, 'v'::varchar(9), 'c'::char(3), 'n'::name,
                           '{"k":1}'::json, '{"k":1}'::jsonb
                    """
                ).first
            )
            #expect(try row.decode(0, as: Int.self) == 1)
            #expect(try row.decode(1, as: Int.self) == 2)
            #expect(try row.decode(2, as: Int.self) == 3)
            #expect(try row.decode(1, as: Int64.self) == 2)
            #expect(try row.decode(3, as: Double.self) == 1.5)
            let texts = try (4...8).map { try row.decode($0, as: String.self) }
            #expect(texts == ["v", "c  ", "n", #"{"k":1}"#, #"{"k": 1}"#])
        }
    }

    @Test func saysWhatDoesNotFit() async throws {
        try await withConnection { connection in
            let row = try #require(
                try await connection.query(
                    "SELECT 1::int8 AS eight, NULL::text AS none, 'infinity'::timestamptz AS always, ARRAY[1, NULL] AS gap, 1.5 AS exact, ARRAY[[1], [2]] AS grid"
                ).first
            )
            #expect(problem { try row.decode("eight", as: Int32.self) } == .type(.int8, wanted: "Int32"))
            #expect(problem { try row.decode("eight", as: String.self) } == .type(.int8, wanted: "String"))
            #expect(problem { try row.decode("eight", as: [Int32].self) } == .type(.int8, wanted: "[Int32]"))
            #expect(problem { try row.decode("none", as: String.self) } == .null)
            #expect(problem { try row.decode("always", as: Date.self) } == .malformed(.timestamp, wanted: "Date"))
            #expect(problem { try row.decode("gap", as: [Int32].self) } == .null)
            #expect(
                problem { try row.decode("grid", as: [Int32].self) }
                    == .malformed(PostgresType.int4.array, wanted: "[Int32]")
            )
            #expect(problem { try row.decode("absent", as: Int.self) } == .noSuchColumn)
            #expect(problem { try row.decode(17, as: Int.self) } == .noSuchColumn)
            #expect(throws: PostgresError.self) { try row.decode("exact", as: Double.self) }
            #expect(try row.decode("gap", as: [Int32?].self) == [1, nil])
        }
    }

    @Test func refusesNULCharactersEverywhere() async throws {
        try await withConnection { connection in
            for parameter in [PostgresValue.text("a\0b"), .jsonb("\"\0\""), .texts(["fine", "\0"])] {
                let error = await postgresError { try await connection.query("SELECT $1", [parameter]) }
                guard case .encoding = error else { throw Refusal() }
            }
            for body in [
                { try await connection.query("SELECT 1\0, 2") },
                { try await connection.execute(script: "SELECT 1\0; x") },
            ] as [() async throws -> Void] {
                guard case .encoding = await postgresError(body) else { throw Refusal() }
            }
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }

    @Test func rowsOutliveTheirConnection() async throws {
        let rows = try await withConnection {
            try await $0.query("SELECT i, repeat('x', i) AS t FROM generate_series(1, 100) i")
        }
        #expect(rows.count == 100)
        #expect(rows.columns == ["i", "t"])
        let lengths = try await withThrowingTaskGroup(of: Bool.self) { group in
            for row in rows {
                group.addTask { try row.decode("t", as: String.self).count == row.decode("i", as: Int.self) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lengths.count == 100 && lengths.allSatisfy(\.self))
    }

    private func problem<Value>(_ body: () throws -> Value) -> DecodingProblem? {
        do {
            _ = try body()
        } catch PostgresError.decoding(_, let problem) {
            return problem
        } catch {}
        return nil
    }
}

extension SplitMix {
    mutating func text() -> String {
        let alphabet = Array("abcXYZ 0189\"'\\{},ßéñ中文😀\u{301}\n\tNULL")
        return String(
            (0..<Int.random(in: 0...30, using: &self)).map { _ in
                alphabet[Int.random(in: alphabet.indices, using: &self)]
            }
        )
    }

    mutating func uuid() -> UUID {
        var bytes = (next(), next())
        return withUnsafeBytes(of: &bytes) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
