import CoreMetrics
import Prometheus

/// The metrics of this process.
enum MetricsSetup {
    /// Where everything is recorded from the first use on, which must come before that of any metric.
    static let registry: PrometheusRegistry = {
        let registry = PrometheusRegistry(descriptions: descriptions)
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    /// Starts recording.
    static func begin() { _ = registry }

    static let descriptions: [String: MetricDescription] = [
        "herald.feed.rows": MetricDescription("Rows of feeds by what became of them."),
        "herald.feed.batch.duration": MetricDescription("Time to apply one batch of rows, its commit included."),
        "herald.feed.delays": MetricDescription("Times that processing was held back because too many events waited."),
        "herald.feed.received.bytes": MetricDescription("Bytes of uploads that are kept."),
        "herald.feeds.finished": MetricDescription("Files with which nothing more happens, by their last status."),
        "herald.event.matches": MetricDescription("Subscriptions that an event was routed to."),
        "herald.event.routing.delay": MetricDescription(
            "Time from the commit of a change to its routing.",
            bounds: delays
        ),
        "herald.events.routed": MetricDescription("Events routed, matched or not."),
        "herald.events.repeated": MetricDescription("Events that came again and were passed over."),
        "herald.events.fenced": MetricDescription(
            "Slices rolled back because another router had taken their partition over."
        ),
        "herald.events.unmatched": MetricDescription("Events that nobody subscribed to."),
        "herald.events.unreadable": MetricDescription("Messages of the log that were set aside."),
        "herald.delivery.duration": MetricDescription("Time of an attempt to deliver, by its result class."),
        "herald.delivery.events": MetricDescription("Events that were accepted."),
        "herald.delivery.delay": MetricDescription(
            "Time from the commit of a change to its acceptance by an endpoint.",
            bounds: delays
        ),
        "herald.delivery.client.delay": MetricDescription(
            "The same by client, of the first fifty that a process delivers to; the others are one.",
            bounds: delays
        ),
        "herald.delivery.messages": MetricDescription("Messages sent to endpoints, by kind, each attempt counted."),
        "herald.delivery.retries": MetricDescription("Those that were sent before without success, by kind."),
        "herald.delivery.consequences": MetricDescription(
            "Failures that had a consequence: lanes parked or switched off, batches split, events set aside."
        ),
        "herald.delivery.leases.lost": MetricDescription("Lanes that another process took over in the middle."),
        "herald.delivery.origins": MetricDescription("Origins in use by the state of their circuit breaker."),
        "herald.delivery.lanes": MetricDescription("Lanes that are being sent on."),
        "herald.practice.answers": MetricDescription("Answers of GP practices to documents, by what they mean."),
        "http.server.request.duration": MetricDescription("Time from a request's head to the answer's."),
    ]

    /// From a blink to three days, after which a lane parks.
    private static let delays = [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 259_200,
    ]
}
