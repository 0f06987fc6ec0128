import HTTPTypes
import Metrics

/// What the HTTP side counts; every label comes from a closed set.
enum HTTPMetrics {
    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// A request has its answer.
    ///
    /// - Parameters:
    ///   - method: The method; one that HTTP does not have counts as `other`.
    ///   - route: The route's pattern, never the path: paths are without end.
    ///   - status: The answer's status.
    ///   - duration: From the request's head to the answer's.
    static func served(_ method: HTTPRequest.Method, route: String?, status: Int, in duration: Duration) {
        Timer(
            label: "http.server.request.duration",
            dimensions: [
                ("method", methods.contains(method.rawValue) ? method.rawValue : "other"), ("route", route ?? "none"),
                ("status", String(status)),
            ]
        ).record(duration: duration)
    }
}
