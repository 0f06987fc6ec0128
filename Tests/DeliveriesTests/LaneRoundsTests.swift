import Deliveries
import Testing

/// Whose turn it is (`delivery.md` §7).
@Suite struct LaneRoundsTests {
    private func ready(_ names: [String: [String]]) -> [ReadyOrigin] {
        names.keys.sorted().flatMap { client in
            (names[client] ?? []).map { ReadyOrigin(client: client, origin: $0) }
        }
    }

    private func lanes(_ shares: [LaneShare]) -> [String: Int] {
        Dictionary(shares.map { ($0.client + "/" + $0.origin, $0.lanes) }) { first, _ in first }
    }

    @Test func roomGoesRoundOverClientsAndThenOverTheirOrigins() {
        var rounds = LaneRounds()
        let shares = rounds.shares(
            of: ready(["big": ["o1", "o2", "o3"], "small": ["o4"]]),
            room: 8,
            clientRoom: { _ in 50 },
            originRoom: { _ in 10 }
        )
        #expect(lanes(shares) == ["big/o1": 2, "big/o2": 1, "big/o3": 1, "small/o4": 4])
    }

    @Test func aClientWithThousandsOfOriginsLeavesEachOtherClientAsMuch() {
        var rounds = LaneRounds()
        let origins = (0..<2000).map { "o\($0)" }
        let shares = rounds.shares(
            of: ready(["big": origins, "small": ["s1"]]),
            room: 20,
            clientRoom: { _ in 50 },
            originRoom: { _ in 10 }
        )
        #expect(shares.filter { $0.client == "big" }.count == 10)
        #expect(lanes(shares)["small/s1"] == 10)
    }

    @Test func theNextRoundBeginsBehindTheLast() {
        var rounds = LaneRounds()
        var turns: [String] = []
        for _ in 0..<6 {
            let shares = rounds.shares(
                of: ready(["a": ["o"], "b": ["o"], "c": ["o"]]),
                room: 1,
                clientRoom: { _ in 5 },
                originRoom: { _ in 5 }
            )
            turns += shares.map(\.client)
        }
        #expect(turns == ["a", "b", "c", "a", "b", "c"])
        #expect(rounds.lastOrigins == ["a": "o", "b": "o", "c": "o"])
    }

    @Test func limitsOfClientsAndOfSharedOriginsHold() {
        var rounds = LaneRounds()
        let shares = rounds.shares(
            of: ready(["a": ["shared", "own"], "b": ["shared"]]),
            room: 100,
            clientRoom: { $0 == "a" ? 4 : 50 },
            originRoom: { $0 == "shared" ? 3 : 10 }
        )
        #expect(shares.filter { $0.client == "a" }.reduce(0) { $0 + $1.lanes } == 4)
        #expect(shares.filter { $0.origin == "shared" }.reduce(0) { $0 + $1.lanes } == 3)
    }

    @Test func nothingIsGivenWhereThereIsNoRoom() {
        var rounds = LaneRounds()
        for (room, client, origin) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, -3, 1)] {
            let shares = rounds.shares(
                of: ready(["a": ["o"]]),
                room: room,
                clientRoom: { _ in client },
                originRoom: { _ in origin }
            )
            #expect(shares.isEmpty)
        }
        let none = rounds.shares(of: [], room: 5, clientRoom: { _ in 1 }, originRoom: { _ in 1 })
        #expect(none.isEmpty)
    }
}
