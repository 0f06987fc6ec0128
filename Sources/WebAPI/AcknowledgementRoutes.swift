import Access
package import Feeds
package import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore
import Vaccination

/// The acknowledgement files suppliers know (`csv-feed.md` §8), under the names they would have in a mailbox.
package struct AcknowledgementRoutes<Store: FeedStore>: Sendable {
    /// Rejected rows read together.
    private static var page: Int { 1000 }

    private let store: Store
    private let now: @Sendable () -> Date

    package init(store: Store, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Adds `/feeds/{id}/inf-ack` and `/feeds/{id}/bus-ack`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id/inf-ack") { try await infrastructure($0, $1) }
        group.get(":id/bus-ack") { try await business($0, $1) }
    }

    /// Whether the file arrived and passed the checks of the file: `GET /feeds/{id}/inf-ack`.
    @Sendable private func infrastructure(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        guard feed.status != .receiving, feed.status != .queued else {
            throw HubError.notFound("The file waits for its turn; it is acknowledged when its header has been read.")
        }
        let isSuccess =
            feed.status == .processing || feed.counts.accepted + feed.counts.rejected > 0
            || feed.status == .emptyFile
        let acknowledgement = InfrastructureAcknowledgement(
            messageID: feed.id.uuid,
            base: feed.base,
            received: feed.receivedAt.microseconds,
            isSuccess: isSuccess
        )
        return .file(
            ResponseBody(byteBuffer: ByteBuffer(bytes: acknowledgement.csv)),
            named: acknowledgement.fileName,
            mediaType: "text/csv"
        )
    }

    /// `GET /feeds/{id}/bus-ack`, `…?format=json`: the outcome of the rows, failures only.
    @Sendable private func business(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        let format = request.uri.queryParameters.get("format") ?? "csv"
        guard format == "csv" || format == "json" else {
            throw HubError.invalid("The parameter format must be csv or json.")
        }
        guard feed.status.isFinal else { throw HubError.notFound("The rows have not all got their outcome yet.") }
        guard let total = feed.totalRows, total > 0 else {
            throw HubError.notFound("The file had no rows that were read; only its inf-ack is there.")
        }
        let acknowledgement = BusinessAcknowledgement(
            messageID: feed.id.uuid,
            base: feed.base,
            received: feed.receivedAt.microseconds,
            supplier: feed.supplier ?? ""
        )
        if format == "csv" {
            return .file(csv(acknowledgement, feed), named: acknowledgement.csvFileName, mediaType: "text/csv")
        }
        return .file(
            json(acknowledgement, feed, total: total),
            named: acknowledgement.jsonFileName,
            mediaType: "application/json"
        )
    }

    private func csv(_ acknowledgement: BusinessAcknowledgement, _ feed: FeedSummary) -> ResponseBody {
        ResponseBody { writer in
            var bytes: [UInt8] = []
            acknowledgement.beginCSV(into: &bytes)
            var last: Int64 = 0
            repeat {
                let failures = try await failures(of: feed.id, after: last)
                for failure in failures { acknowledgement.appendCSV(failure, into: &bytes) }
                try await writer.write(ByteBuffer(bytes: bytes))
                bytes.removeAll(keepingCapacity: true)
                last = failures.last?.rowNumber ?? .max
            } while last < .max
            try await writer.finish(nil)
        }
    }

    private func json(_ acknowledgement: BusinessAcknowledgement, _ feed: FeedSummary, total: Int64) -> ResponseBody {
        let summary = BusinessAcknowledgement.Summary(
            totalRecords: total,
            failed: feed.counts.rejected,
            ingestionStart: (feed.startedAt ?? feed.receivedAt).microseconds,
            ingestionEnd: (feed.finishedAt ?? feed.receivedAt).microseconds
        )
        // The time of the answer would make two fetches differ; the report is as of the last row.
        let generated = (feed.finishedAt ?? now()).microseconds
        return ResponseBody { writer in
            var bytes: [UInt8] = []
            var isFirst = true
            acknowledgement.beginJSON(summary, generated: generated, into: &bytes)
            var last: Int64 = 0
            repeat {
                let failures = try await failures(of: feed.id, after: last)
                for failure in failures {
                    acknowledgement.appendJSON(failure, first: isFirst, into: &bytes)
                    isFirst = false
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                bytes.removeAll(keepingCapacity: true)
                last = failures.last?.rowNumber ?? .max
            } while last < .max
            acknowledgement.endJSON(into: &bytes)
            try await writer.write(ByteBuffer(bytes: bytes))
            try await writer.finish(nil)
        }
    }

    /// A page of rejected rows: the file is streamed, so that memory does not grow with their number.
    private func failures(of id: FeedID, after row: Int64) async throws -> [RowFailure] {
        try await store.rejectedRows(of: id, after: row, limit: Self.page).map(RowFailure.init)
    }
}

extension RowFailure {
    /// A rejected row as it was stored.
    fileprivate init(_ row: RejectedRow) {
        let findings = row.findings.compactMap { finding -> RowFinding? in
            guard let kind = RowFindingKind(rawValue: finding.code) else { return nil }
            return RowFinding(
                kind: kind,
                column: finding.column.flatMap { FeedColumn(header: $0) },
                text: finding.diagnostics
            )
        }
        self.init(
            rowNumber: row.rowNumber,
            identifier: RecordIdentifier(system: row.uniqueIDURI ?? "", value: row.uniqueID ?? ""),
            findings: findings
        )
    }
}

extension FeedSummary {
    /// The received name without its extension.
    fileprivate var base: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
}

extension Date {
    fileprivate var microseconds: Int64 { Int64(timeIntervalSince1970 * 1_000_000) }
}

extension Response {
    /// A file to be saved under a name.
    fileprivate static func file(_ body: ResponseBody, named name: String, mediaType: String) -> Response {
        // Feed names hold no quote and no control character: others are refused when they are received.
        Response(
            status: .ok,
            headers: [
                .contentType: mediaType, .contentDisposition: "attachment; filename=\"\(name)\"",
                .cacheControl: "no-store",
            ],
            body: body
        )
    }
}
