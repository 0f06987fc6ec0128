package import Hummingbird
import NIOCore

/// Metrics in Prometheus's text form.
package struct MetricsRoutes: Sendable {
    private let text: @Sendable () async -> String

    /// - Parameter text: Makes the metrics as of now.
    package init(text: @escaping @Sendable () async -> String) { self.text = text }

    /// Adds the group's own path.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await text()))
            )
        }
    }
}
