import HTTPTypes
package import Hummingbird
import NIOCore

/// The dashboard: one page, its script and its style, built into the program.
///
/// They hold nothing of the hub; what they show they ask for with the token that the person at the page gives them.
package struct DashboardRoutes: Sendable {
    package init() {}

    /// Adds `/` and the two files it needs.
    package func add(to router: Router<HubContext>) {
        router.get("/") { _, _ in Self.file(PackageResources.dashboard_html, "text/html; charset=utf-8") }
        router.get("dashboard.css") { _, _ in Self.file(PackageResources.dashboard_css, "text/css; charset=utf-8") }
        router.get("dashboard.js") { _, _ in
            Self.file(PackageResources.dashboard_js, "text/javascript; charset=utf-8")
        }
    }

    /// Nothing from elsewhere, nothing inline, no frame around it: whatever got into the page could not run or send the
    /// token away.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    private static func file(_ bytes: [UInt8], _ mediaType: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: mediaType, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
                HeaderName.referrerPolicy: "no-referrer",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
