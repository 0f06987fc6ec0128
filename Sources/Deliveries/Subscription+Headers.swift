import Foundation
import Subscriptions

extension Subscription {
    /// The subscriber's own header lines as names and values; they were checked when the subscription was made.
    var headerFields: [(name: String, value: String)] {
        headers.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (String(line[..<colon]).trimmingCharacters(in: .whitespaces), value)
        }
    }
}
