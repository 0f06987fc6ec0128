import HTTPTypes
package import Hummingbird

extension Hummingbird.Router<HubContext> {
    /// Answers every path that is known with 405 where it does not take the method: to be called after the last
    /// route was added.
    ///
    /// `HEAD` goes with `GET`: the router answers it by itself (`RouterOptions.autoGenerateHeadEndpoints`).
    package func refuseOtherMethods() {
        let known = Dictionary(grouping: routes, by: { $0.path.description })
        for (path, routes) in known {
            var allowed = Set(routes.map(\.method))
            if allowed.contains(.get) { allowed.insert(.head) }
            let list = allowed.sorted { $0.rawValue < $1.rawValue }
            for method in Self.methods.subtracting(allowed) {
                on(RouterPath(path), method: method) { _, _ -> Response in throw HubError.methodNotAllowed(list) }
            }
        }
    }

    /// What the HTTP parser lets through.
    private static var methods: Set<HTTPRequest.Method> {
        let names = """
            GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND \
            REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK \
            UNLINK SOURCE QUERY
            """
        return Set(names.split(separator: " ").compactMap { HTTPRequest.Method(String($0)) })
    }
}
