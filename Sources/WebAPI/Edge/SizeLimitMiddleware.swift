import HTTPTypes
package import Hummingbird
import NIOCore

/// Refuses bodies that are too long: at once where the header says so, else when the limit is passed.
///
/// Feeds have limits of their own, which ``UploadRoute`` keeps.
package struct SizeLimitMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .post || context.endpointPath != "/feeds" else {
            return try await next(request, context)
        }
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded")
        let limit = isForm == true ? SizeLimits.form : SizeLimits.body
        guard let length = request.headers[.contentLength] else {
            guard request.headers[.transferEncoding] != nil else { return try await next(request, context) }
            var request = request
            request.body = RequestBody(asyncSequence: LimitedBody(base: request.body, limit: limit))
            return try await next(request, context)
        }
        guard let length = Int(length), length <= limit else { throw HubError.tooLong(limit: limit) }
        return try await next(request, context)
    }
}

/// A body without a stated length, up to a limit.
private struct LimitedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let limit: Int

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), limit: limit) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let limit: Int
        private var count = 0

        fileprivate init(base: RequestBody.AsyncIterator, limit: Int) {
            self.base = base
            self.limit = limit
        }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            guard let buffer = try await base.next(isolation: actor) else { return nil }
            count += buffer.readableBytes
            guard count <= limit else { throw HubError.tooLong(limit: limit) }
            return buffer
        }
    }
}
