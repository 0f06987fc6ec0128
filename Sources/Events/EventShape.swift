/// How one subscriber sees an event: as a record that came into view, changed, or left it (`fhir-subscriptions.md` §4.3).
package enum EventShape: Int16, Sendable, Hashable, CaseIterable {
    case post = 1
    case put = 2
    case delete = 3

    /// The HTTP method that stands for the shape in a notification's entry.
    package var method: String {
        switch self {
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        }
    }

    /// The shape an entry's HTTP method stands for.
    package init?(method: String) {
        guard let shape = Self.allCases.first(where: { $0.method == method }) else { return nil }
        self = shape
    }
}
