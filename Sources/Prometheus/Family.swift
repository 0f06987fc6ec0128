/// All series of one label.
struct Family: Sendable {
    let kind: MetricKind
    let name: String
    let help: String?
    var series: [MetricLabels: any Series] = [:]

    init(label: String, kind: MetricKind, help: String?) {
        self.kind = kind
        name = kind.name(of: label)
        self.help = help
    }

    func write(to text: inout MetricsText) {
        text.begin(name, type: kind.type, help: help)
        for (labels, series) in series.sorted(by: { $0.key < $1.key }) {
            series.write(name, labels, to: &text)
        }
    }
}

/// One series of a metric: a name with values for its labels.
protocol Series: AnyObject, Sendable {
    func write(_ name: String, _ labels: MetricLabels, to text: inout MetricsText)
}

/// The labels of a series in a fixed order.
package struct MetricLabels: Sendable, Hashable, Comparable {
    /// Labels as they stand between the braces, escaped; empty where there are none.
    let text: String

    /// Labels from names and values.
    package init(_ labels: [(String, String)]) {
        text = labels.sorted { $0.0 < $1.0 }
            .map { "\(MetricsText.name($0.0))=\"\(MetricsText.escaped($0.1))\"" }
            .joined(separator: ",")
    }

    /// Alphabetical.
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
