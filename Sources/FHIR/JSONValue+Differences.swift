extension JSONValue {
    /// The paths at which this value and `expected` differ as JSON values, member order aside; empty when they agree.
    ///
    /// Numbers agree only if their digits do: `0.5` and `0.50` differ. The texts name places, never values, so they
    /// are safe to log.
    package func differences(from expected: JSONValue) -> [String] {
        differences(from: expected, at: "$")
    }

    private func differences(from expected: JSONValue, at path: String) -> [String] {
        switch (self, expected) {
        case (.object(let actual), .object(let expected)):
            let missing = expected.members.filter { actual[$0.name] == nil }.map { "\(path).\($0.name): missing" }
            return missing
                + actual.members.flatMap { member in
                    let path = "\(path).\(member.name)"
                    guard let expected = expected[member.name] else { return ["\(path): unexpected"] }
                    return member.value.differences(from: expected, at: path)
                }
        case (.array(let actual), .array(let expected)):
            guard actual.count == expected.count else {
                return ["\(path): \(actual.count) elements instead of \(expected.count)"]
            }
            return zip(actual, expected).enumerated().flatMap { index, pair in
                pair.0.differences(from: pair.1, at: "\(path)[\(index)]")
            }
        default:
            return self == expected ? [] : ["\(path): another value"]
        }
    }
}
