package import CoreMetrics
import Synchronization

/// The metrics of swift-metrics, kept in this process and written in Prometheus's text form (exposition format 0.0.4).
///
/// Recording is an atomic addition, or a short lock for histograms; nothing is computed before somebody asks. Labels and
/// dimensions are kept as they come, so both must be from closed sets.
package final class PrometheusRegistry: MetricsFactory {
    private struct Families {
        var byLabel: [String: Family] = [:]
    }

    private let families = Mutex(Families())
    private let descriptions: [String: MetricDescription]

    /// A registry without metrics.
    ///
    /// - Parameter descriptions: What is known of metrics, by the label the code gives them.
    package init(descriptions: [String: MetricDescription] = [:]) {
        self.descriptions = descriptions
    }

    /// Everything recorded so far, sorted by name.
    package func write(to text: inout MetricsText) {
        for family in families.withLock({ $0.byLabel.values.sorted { $0.name < $1.name } }) {
            family.write(to: &text)
        }
    }

    /// Makes a counter, or finds the one made before.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { _ in CounterSeries() }
    }

    /// Makes a gauge, or finds the one made before.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { _ in GaugeSeries() }
    }

    /// Makes a histogram of plain numbers, or a gauge where only the last value counts.
    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { _ in GaugeSeries() } }
        return series(label, dimensions, .histogram) { HistogramSeries(bounds: $0 ?? MetricDescription.counts) }
    }

    /// Makes a histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .timer) { HistogramSeries(bounds: $0 ?? MetricDescription.seconds) }
    }

    // A metric that once was has a value for ever: Prometheus takes a counter that is gone for a restart.

    /// Keeps the counter.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the gauge.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps the histogram.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the histogram.
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func series<Handler: Series>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricKind,
        make: ([Double]?) -> Handler
    ) -> Handler {
        families.withLock { families in
            let labels = MetricLabels(dimensions)
            let known = families.byLabel[label]
            if let found = known?.series[labels] as? Handler { return found }
            let made = make(descriptions[label]?.bounds)
            // A label used for two kinds of metric: the second one is not shown, for a name has one type.
            guard known?.kind ?? kind == kind else { return made }
            var family = known ?? Family(label: label, kind: kind, help: descriptions[label]?.help)
            family.series[labels] = made
            families.byLabel[label] = family
            return made
        }
    }
}

/// What is known of a metric besides its label.
package struct MetricDescription: Sendable {
    /// Upper bounds for seconds: from a quick query to a slow endpoint.
    package static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// Upper bounds for numbers of things.
    package static let counts = [0.0, 1, 2, 5, 10, 20, 50, 100, 1000, 10_000]

    /// One sentence for those who read the metric.
    package var help: String
    /// Upper bounds of a histogram's buckets, ascending; nil for the usual ones.
    package var bounds: [Double]?

    /// A description.
    package init(_ help: String, bounds: [Double]? = nil) {
        self.help = help
        self.bounds = bounds
    }
}
