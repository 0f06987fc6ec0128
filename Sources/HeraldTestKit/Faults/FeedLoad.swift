import Vaccination

/// Feeds of several suppliers without end, and what must become of each row: the same for the same seed.
///
/// New, changed, deleted and reinstated records, and rows that must be refused. Feeds of one lane (supplier and vaccine
/// type) are to be sent one after the other; lanes have nothing to do with each other.
package struct FeedLoad: Sendable {
    /// What a feed must come to.
    package struct Feed: Sendable {
        package let name: String
        package let lane: Int
        package let bytes: [UInt8]
        package let accepted: Int
        package let rejected: Int
    }

    /// What a record must be after all feeds: changes so far, and whether it is hidden.
    package struct Record: Sendable, Hashable {
        package var changes: Int
        package var isDeleted: Bool
    }

    /// How many lanes there are.
    package static let lanes = [
        (supplier: SampleFeed.emis, type: "FLU"), (supplier: SampleFeed.emis, type: "COVID"),
        (supplier: SampleFeed.tpp, type: "FLU"), (supplier: SampleFeed.tpp, type: "MMR"),
    ]
    /// How many patients the records are spread over.
    package static let patients = 200

    /// Every record that was ever fed, by its UNIQUE_ID.
    package private(set) var records: [String: Record] = [:]
    private var laneRecords: [[String]] = Array(repeating: [], count: FeedLoad.lanes.count)
    private var random: SplitMix
    private var number = 0

    /// A load with this seed.
    package init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// The next feed of a lane.
    package mutating func next(lane: Int, rows: Int) -> Feed {
        number += 1
        var accepted = 0
        var list: [SampleFeed.Row] = []
        for _ in 0..<rows {
            let (row, isAccepted) = row(lane: lane)
            list.append(row)
            accepted += isAccepted ? 1 : 0
        }
        let (supplier, type) = Self.lanes[lane]
        let feed = SampleFeed(list, type: type, from: supplier, number: number)
        return Feed(
            name: feed.name,
            lane: lane,
            bytes: feed.bytes,
            accepted: accepted,
            rejected: list.count - accepted
        )
    }

    private mutating func row(lane: Int) -> (SampleFeed.Row, isAccepted: Bool) {
        let known = laneRecords[lane]
        switch random.number(in: 1...100) {
        case 1...4:
            return (SampleFeed.Row("unknown-\(lane)-\(number)", "update", values(lane)), false)
        case 5...7:
            var wrong = values(lane)
            wrong[.nhsNumber] = "9990000001"
            return (SampleFeed.Row("wrong-\(lane)-\(number)-\(random.next())", "new", wrong), false)
        case 8...45 where !known.isEmpty:
            let id = random.pick(known)
            let state = records[id] ?? Record(changes: 0, isDeleted: false)
            let action =
                state.isDeleted ? (random.chance(50) ? "new" : "update") : random.chance(25) ? "delete" : "update"
            records[id] = Record(changes: state.changes + 1, isDeleted: action == "delete")
            return (SampleFeed.Row(id, action, values(lane)), true)
        default:
            let id = "record-\(lane)-\(known.count)"
            laneRecords[lane].append(id)
            records[id] = Record(changes: 1, isDeleted: false)
            return (SampleFeed.Row(id, "new", values(lane)), true)
        }
    }

    private mutating func values(_ lane: Int) -> [FeedColumn: String] {
        let (code, term) = Self.procedures[Self.lanes[lane].type] ?? ("", "")
        return [
            .nhsNumber: NHSNumber.sample(random.number(in: 0...Self.patients - 1)).digits,
            .vaccinationProcedureCode: code, .vaccinationProcedureTerm: term,
            .batchNumber: "B\(random.number(in: 0...999_999))",
        ]
    }

    private static let procedures = [
        "FLU": ("822851000000102", "Seasonal influenza vaccination"),
        "COVID": ("1324681000000101", "COVID-19 vaccination"),
        "MMR": ("38598009", "Measles, mumps and rubella vaccination"),
    ]
}
