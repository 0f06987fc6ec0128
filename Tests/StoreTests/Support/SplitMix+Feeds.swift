import Feeds
import HeraldTestKit
import Vaccination

extension SplitMix {
    /// Rows over few identities, so that they meet; some of them bad.
    mutating func rows(_ count: Int, identities: Int) -> [SampleFeed.Row] {
        (0..<count).map { index in
            let action = pick(["new", "new", "update", "update", "delete"])
            return SampleFeed.Row(
                "id-\(number(in: 1...identities))",
                action,
                [
                    .batchNumber: "B\(number(in: 0...1_000_000))-\(index)",
                    .nhsNumber: chance(20) ? "" : NHSNumber.sample(number(in: 0...3)).digits,
                    .doseSequence: chance(5) ? "0" : "1",
                ]
            )
        }
    }
}

extension SplitMix {
    /// For each identity a life in one file: brought, changed, deleted and brought again, some steps left out.
    mutating func lives(_ identities: Int) -> [SampleFeed.Row] {
        var rows: [SampleFeed.Row] = []
        for action in ["new", "update", "delete", "new", "update", "delete", "delete", "update"] {
            for identity in 1...identities where !chance(20) {
                let values: [FeedColumn: String] = [
                    .batchNumber: "L\(number(in: 0...1_000_000))",
                    .nhsNumber: NHSNumber.sample(number(in: 0...3)).digits,
                ]
                rows.append(SampleFeed.Row("id-\(identity)", action, values))
            }
        }
        return rows
    }
}

extension Suppliers {
    /// The built-in supplier with this ODS code.
    static func builtIn(_ code: String) -> Supplier {
        ODSCode(code).flatMap { builtIn.supplier(of: $0) } ?? Supplier(name: "", permissions: [:])
    }
}
