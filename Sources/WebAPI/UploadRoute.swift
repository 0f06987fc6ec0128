import Access
import FHIR
package import Feeds
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// `POST /feeds?filename=NAME`: takes a file in (`csv-feed.md` §1-§3, §10).
package struct UploadRoute<Store: FeedStore>: Sendable {
    private let receiver: FeedReceiver<Store>
    private let store: Store
    private let limits: FeedLimits

    /// - Parameters:
    ///   - receiver: What keeps the files.
    ///   - store: Where they are kept.
    ///   - limits: What a file may hold; one that says it holds more is refused before it is read.
    package init(receiver: FeedReceiver<Store>, store: Store, limits: FeedLimits = FeedLimits()) {
        self.receiver = receiver
        self.store = store
        self.limits = limits
    }

    /// Adds the route.
    package func add(to group: RouterGroup<HubContext>) {
        group.post { try await upload($0, $1) }
    }

    /// 202 once the whole content is kept durably.
    @Sendable private func upload(_ request: Request, _ context: HubContext) async throws -> Response {
        context.audit.note { $0.interaction = .create }
        try context.requireCaller().mustHave(.create, on: "Immunization")
        let name = try Self.fileName(request)
        let key = try Self.idempotencyKey(request)
        let isGzip = try Self.isGzip(request)
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        if let length, !isGzip, length > limits.fileBytes {
            throw HubError(FeedFileError.fileTooLarge(limit: limits.fileBytes))
        }
        do {
            let id = try await receiver.receive(
                named: name,
                from: context.sender(),
                key: key,
                isGzip: isGzip,
                UploadBody(body: request.body, channel: context.channel)
            )
            context.audit.note { $0.resources = [AuditedResource("Feed", id: "\(id)")] }
            let summary = try await store.summary(of: id)
            return .json(
                try FeedJSON.encode(FeedView(summary, id: id)),
                status: .accepted,
                headers: [.location: "/feeds/\(id)"]
            )
        } catch let refused as FeedRefused {
            throw HubError(refused)
        } catch let reused as IdempotencyKeyReused {
            throw HubError(
                .unprocessableContent,
                .invalid,
                .badRequest,
                "The Idempotency-Key stands for another file, feed \(reused.earlier): send another file with a new key.",
                headers: [.location: "/feeds/\(reused.earlier)"]
            )
        } catch is UploadSuperseded {
            throw HubError(
                .conflict,
                .conflict,
                .conflict,
                "Another request with this Idempotency-Key sends the file. Wait for its answer, or send it once more."
            )
        }
    }

    private static func fileName(_ request: Request) throws(HubError) -> String {
        guard let name = request.uri.queryParameters.get("filename"), !name.isEmpty else {
            throw .invalid(
                "The parameter filename is missing: send POST /feeds?filename=NAME with the file's own name."
            )
        }
        return name
    }

    /// The key, as a string of structured fields or bare.
    private static func idempotencyKey(_ request: Request) throws(HubError) -> String? {
        guard var key = request.headers[HeaderName.idempotencyKey] else { return nil }
        if key.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") { key = String(key.dropFirst().dropLast()) }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid("The header Idempotency-Key must hold 1 to 255 visible ASCII characters, such as a UUID.")
        }
        return key
    }

    private static func isGzip(_ request: Request) throws(HubError) -> Bool {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": return false
        case "gzip", "x-gzip": return true
        default:
            throw HubError(
                .unsupportedMediaType,
                .notSupported,
                .badRequest,
                "The Content-Encoding must be gzip, or be left out.",
                headers: [.acceptEncoding: "gzip"]
            )
        }
    }
}

extension HubError {
    /// A file that is refused as a whole; the refusal is on file under its own id.
    fileprivate init(_ refused: FeedRefused) {
        let earlier = refused.earlier.map { " The name belongs to feed \($0)." } ?? ""
        self.init(
            refused.error,
            " The refusal is on file as feed \(refused.id)." + earlier,
            headers: [.location: "/feeds/\(refused.id)"]
        )
    }

    fileprivate init(_ error: FeedFileError, _ more: String = "", headers: HTTPFields = [:]) {
        let (status, type, code): (HTTPResponse.Status, OperationOutcome.IssueType, OperationOutcome.HTTPErrorCode) =
            switch error {
            case .duplicateName: (.conflict, .conflict, .conflict)
            case .noPermissions, .noActionPermitted, .notActingFor, .noExtendedAttributes:
                (.forbidden, .forbidden, .forbidden)
            case .fileTooLarge: (.contentTooLarge, .tooLong, .badRequest)
            default: (.badRequest, .invalid, .badRequest)
            }
        self.init(status, type, code, error.sentence + more, headers: headers)
    }
}
