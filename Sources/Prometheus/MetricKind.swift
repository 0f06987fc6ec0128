/// What kind of metric a name stands for, and how the name is made from the label.
enum MetricKind: Sendable {
    case counter, gauge, histogram
    /// A histogram of seconds.
    case timer

    /// The type as Prometheus has it.
    var type: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram, .timer: "histogram"
        }
    }

    /// `herald.feed.rows` → `herald_feed_rows_total`: dots become underscores, counters and times say what they count.
    func name(of label: String) -> String {
        let name = MetricsText.name(label)
        return switch self {
        case .counter: name.hasSuffix("_total") ? name : name + "_total"
        case .timer: name.hasSuffix("_seconds") ? name : name + "_seconds"
        case .gauge, .histogram: name
        }
    }
}
