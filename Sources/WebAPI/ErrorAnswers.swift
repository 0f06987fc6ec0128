import FHIR
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// What a caller is told of an error, whoever has to know it: who answers, and who takes the answer down.
package struct ErrorAnswers: Sendable {
    /// Whether an error means that something Herald depends on is away.
    let isOutage: @Sendable (any Error) -> Bool

    package init(isOutage: @escaping @Sendable (any Error) -> Bool) { self.isOutage = isOutage }

    /// The answer; for what is not the caller's fault one that says nothing of the cause.
    func answer(to error: any Error) -> HubError {
        switch error {
        case let error as HubError: error
        case let error as HTTPError where error.status.code < 500: HubError(error)
        // Who says that more is to come and closes the connection has made a mistake, not the hub.
        case is HTTPParserError: .invalid("The request broke off before its end. Send it again.")
        case let error as NIOTooManyBytesError: .tooLong(limit: error.maxBytes ?? JSONBody.limit)
        default: isOutage(error) ? .unavailable : .internalError
        }
    }
}

extension HubError {
    /// What the HTTP library refuses by itself.
    fileprivate init(_ error: HTTPError) {
        let text = error.body
        self =
            switch error.status {
            case .notFound: .notFound("There is nothing at this path.")
            case .contentTooLarge:
                HubError(error.status, .tooLong, nil, text ?? "The body is too long.")
            case .unsupportedMediaType:
                .unsupportedMediaType(text ?? "The body has a media type that this path does not take.")
            default: HubError(error.status, .invalid, .badRequest, text ?? "The request is not valid.")
            }
    }
}
