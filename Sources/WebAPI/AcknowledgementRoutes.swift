package import Feeds
import HTTPTypes
package import Hummingbird
import NIOCore

/// The acknowledgement files suppliers know (`csv-feed.md` §8), under the names they would have in a mailbox.
package struct AcknowledgementRoutes<Store: FeedStore>: Sendable {
    private let access: FeedAccess<Store>
    private let files: AcknowledgementFiles<Store>

    package init(store: Store) {
        access = FeedAccess(store: store)
        files = AcknowledgementFiles(store: store)
    }

    /// Adds `/feeds/{id}/inf-ack` and `/feeds/{id}/bus-ack`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id/inf-ack") { request, context in
            try await answer(.infrastructure, context)
        }
        group.get(":id/bus-ack") { request, context in
            switch request.uri.queryParameters.get("format") ?? "csv" {
            case "csv": return try await answer(.businessCSV, context)
            case "json": return try await answer(.businessJSON, context)
            default: throw HubError.invalid("The parameter format must be csv or json.")
            }
        }
    }

    @Sendable private func answer(_ kind: AcknowledgementKind, _ context: HubContext) async throws -> Response {
        let feed = try await access.feed(context)
        do throws(AcknowledgementMissing) {
            return .file(try files.file(kind, of: feed))
        } catch {
            throw HubError.notFound(error.description)
        }
    }
}

extension Response {
    /// A file to be saved under its name, streamed.
    fileprivate static func file(_ file: AcknowledgementFile) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: file.mediaType, .contentDisposition: .attachment(named: file.name),
                .cacheControl: "no-store",
            ],
            body: ResponseBody(asyncSequence: file.map { ByteBuffer(bytes: $0) })
        )
    }
}
