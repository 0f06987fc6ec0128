/// What one attempt to deliver came to (`delivery.md` §5).
package enum AttemptOutcome: Sendable, Hashable {
    /// A 2xx answer: the only thing that counts as accepted (D-07).
    case accepted(httpStatus: Int)
    /// The endpoint is away or overloaded; it may ask for a pause.
    case transient(TransientCause, retryAfter: Duration?)
    /// The endpoint or its address is set up wrongly; redirects are never followed.
    case misconfigured(httpStatus: Int?)
    /// The endpoint refuses the content.
    case rejected(httpStatus: Int)
    /// 410: never again.
    case gone

    /// Why an attempt failed that may succeed later.
    package enum TransientCause: Sendable, Hashable {
        case errorResponse(httpStatus: Int)
        case noResponse
        case nameNotResolved
    }

    /// Sorts an HTTP answer into its class.
    package init(httpStatus: Int, retryAfter: Duration? = nil) {
        switch httpStatus {
        case 200..<300: self = .accepted(httpStatus: httpStatus)
        case 300..<400, 401, 403, 404, 405, 407, 501: self = .misconfigured(httpStatus: httpStatus)
        case 410: self = .gone
        case 408, 425, 429, 500...:
            self = .transient(.errorResponse(httpStatus: httpStatus), retryAfter: retryAfter)
        default: self = .rejected(httpStatus: httpStatus)
        }
    }

    /// The class as the delivery log and the metrics name it.
    package var name: String {
        switch self {
        case .accepted: "accepted"
        case .transient(.noResponse, _): "no-response"
        case .transient(.nameNotResolved, _): "dns-resolution-error"
        case .transient(.errorResponse, _): "error-response"
        case .misconfigured: "misconfigured"
        case .rejected: "rejected"
        case .gone: "gone"
        }
    }

    /// The HTTP status, where an answer came.
    package var httpStatus: Int? {
        switch self {
        case .accepted(let status), .rejected(let status), .transient(.errorResponse(let status), _): status
        case .misconfigured(let status): status
        case .gone: 410
        case .transient: nil
        }
    }

    /// The pause the endpoint asks for, as far as it is honoured: an hour at most (D-31).
    package var pauseAskedFor: Duration? {
        guard case .transient(_, let asked?) = self, asked > .zero else { return nil }
        return min(asked, .seconds(3600))
    }
}
