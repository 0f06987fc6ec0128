import CoreMetrics
import Testing

import Prometheus

@Suite struct PrometheusRegistryTests {
    private func text(_ registry: PrometheusRegistry) -> [String] {
        var text = MetricsText()
        registry.write(to: &text)
        return text.text.split(separator: "\n").map(String.init)
    }

    @Test func aCounterIsNamedAfterItsLabelAndSaysWhatItIs() {
        let registry = PrometheusRegistry(descriptions: ["herald.feed.rows": MetricDescription("Rows of\nfeeds.")])
        registry.makeCounter(label: "herald.feed.rows", dimensions: [("outcome", "created")]).increment(by: 3)
        registry.makeCounter(label: "herald.feed.rows", dimensions: [("outcome", "created")]).increment(by: 4)
        #expect(
            text(registry) == [
                "# HELP herald_feed_rows_total Rows of\\nfeeds.", "# TYPE herald_feed_rows_total counter",
                "herald_feed_rows_total{outcome=\"created\"} 7",
            ]
        )
    }

    @Test func aHistogramCountsEveryValueInItsBucketAndAllAbove() {
        let registry = PrometheusRegistry(descriptions: ["a.delay": MetricDescription("d", bounds: [0.1, 1])])
        let timer = registry.makeTimer(label: "a.delay", dimensions: [])
        for nanoseconds: Int64 in [50_000_000, 100_000_000, 500_000_000, 3_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            text(registry).dropFirst(2) == [
                "a_delay_seconds_bucket{le=\"0.1\"} 2", "a_delay_seconds_bucket{le=\"1\"} 3",
                "a_delay_seconds_bucket{le=\"+Inf\"} 4", "a_delay_seconds_sum 3.65", "a_delay_seconds_count 4",
            ]
        )
    }

    @Test func valuesOfLabelsCannotBreakALine() {
        let registry = PrometheusRegistry()
        registry.makeMeter(label: "9.odd-label", dimensions: [("a", "say \"x\"\\\n")]).set(1.5)
        #expect(
            text(registry) == ["# TYPE __odd_label gauge", "__odd_label{a=\"say \\\"x\\\"\\\\\\n\"} 1.5"]
        )
    }

    @Test func theOrderOfLabelsMakesNoDifference() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "c", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
        registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
        #expect(text(registry).last == "c_total{a=\"1\",b=\"2\"} 2")
        #expect(text(registry).count == 2)
    }

    @Test func oneNameKeepsOneType() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "c", dimensions: []).increment(by: 1)
        registry.makeTimer(label: "c", dimensions: []).recordNanoseconds(1)
        #expect(text(registry) == ["# TYPE c_total counter", "c_total 1"])
    }

    @Test func gaugesKeepTheLastValueAndRecordersTheSpread() {
        let registry = PrometheusRegistry()
        let gauge = registry.makeRecorder(label: "g", dimensions: [], aggregate: false)
        gauge.record(Int64(4))
        gauge.record(2.0)
        registry.makeRecorder(label: "r", dimensions: [], aggregate: true).record(Int64(3))
        #expect(text(registry).contains("g 2"))
        #expect(text(registry).contains("r_bucket{le=\"2\"} 0"))
        #expect(text(registry).contains("r_bucket{le=\"5\"} 1"))
    }

    @Test func nothingIsLostWhenManyCountAtOnce() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        registry.makeCounter(label: "c", dimensions: [("x", "y")]).increment(by: 1)
                        registry.makeTimer(label: "t", dimensions: []).recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(text(registry).contains("c_total{x=\"y\"} 8000"))
        #expect(text(registry).contains("t_seconds_count 8000"))
    }
}
