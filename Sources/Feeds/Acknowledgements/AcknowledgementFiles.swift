import Foundation
import Vaccination

/// Makes the acknowledgement files of received files (csv-feed §8): the same ones over HTTP, in a folder and in a mailbox.
package struct AcknowledgementFiles<Store: FeedStore>: Sendable {
    /// Rejected rows read together.
    private static var page: Int { 1000 }

    private let store: Store

    /// Files of the feeds in `store`.
    package init(store: Store) { self.store = store }

    /// One acknowledgement file of a feed.
    ///
    /// The bytes depend on the feed alone, not on when they are asked for.
    ///
    /// - Parameters:
    ///   - kind: Which one.
    ///   - feed: The feed as it stands now.
    /// - Returns: The file; its rows are read from the store when it is iterated over.
    /// - Throws: ``AcknowledgementMissing`` where there is none.
    package func file(
        _ kind: AcknowledgementKind,
        of feed: FeedSummary
    ) throws(AcknowledgementMissing) -> AcknowledgementFile {
        guard ExtendedAttributesFileName(parsing: feed.name) == nil else { throw .passedOn }
        return switch kind {
        case .infrastructure: try infrastructure(feed)
        case .businessCSV: csv(try business(feed), feed)
        case .businessJSON: json(try business(feed), feed)
        }
    }

    /// All acknowledgement files that there are of a feed by now, the InfAck first.
    package func files(of feed: FeedSummary) -> [AcknowledgementFile] {
        AcknowledgementKind.allCases.compactMap { try? file($0, of: feed) }
    }

    private func infrastructure(_ feed: FeedSummary) throws(AcknowledgementMissing) -> AcknowledgementFile {
        guard feed.status != .receiving else { throw .fileNotChecked }
        let acknowledgement = InfrastructureAcknowledgement(
            messageID: feed.id.uuid,
            base: feed.baseName,
            received: feed.receivedAt.utcMicroseconds,
            isSuccess: feed.isAccepted
        )
        return AcknowledgementFile(
            name: acknowledgement.fileName,
            mediaType: "text/csv",
            form: AcknowledgementFile.Form(begin: { $0 += acknowledgement.csv }),
            failures: { _ in [] }
        )
    }

    private func business(_ feed: FeedSummary) throws(AcknowledgementMissing) -> BusinessAcknowledgement {
        guard feed.status.isFinal else { throw .rowsPending }
        // It lists failures only: rows of a cancelled file that were never looked at would pass for accepted ones.
        guard feed.status != .cancelled else { throw .cancelled }
        guard let total = feed.totalRows, total > 0 else { throw .noRows }
        return BusinessAcknowledgement(
            messageID: feed.id.uuid,
            base: feed.baseName,
            received: feed.receivedAt.utcMicroseconds,
            supplier: feed.supplier ?? ""
        )
    }

    private func csv(_ acknowledgement: BusinessAcknowledgement, _ feed: FeedSummary) -> AcknowledgementFile {
        AcknowledgementFile(
            name: acknowledgement.csvFileName,
            mediaType: "text/csv",
            form: AcknowledgementFile.Form(
                begin: { acknowledgement.beginCSV(into: &$0) },
                append: { acknowledgement.appendCSV($0, into: &$2) }
            ),
            failures: { try await failures(of: feed.id, after: $0) }
        )
    }

    private func json(_ acknowledgement: BusinessAcknowledgement, _ feed: FeedSummary) -> AcknowledgementFile {
        // The time of the answer would make two fetches differ; the report is as of the last row.
        let end = (feed.finishedAt ?? feed.receivedAt).utcMicroseconds
        let summary = BusinessAcknowledgement.Summary(
            totalRecords: feed.totalRows ?? 0,
            failed: feed.counts.rejected,
            ingestionStart: (feed.startedAt ?? feed.receivedAt).utcMicroseconds,
            ingestionEnd: end
        )
        return AcknowledgementFile(
            name: acknowledgement.jsonFileName,
            mediaType: "application/json",
            form: AcknowledgementFile.Form(
                begin: { acknowledgement.beginJSON(summary, generated: end, into: &$0) },
                append: { acknowledgement.appendJSON($0, first: $1, into: &$2) },
                end: { acknowledgement.endJSON(into: &$0) }
            ),
            failures: { try await failures(of: feed.id, after: $0) }
        )
    }

    private func failures(of id: FeedID, after row: Int64) async throws -> [RowFailure] {
        try await store.rejectedRows(of: id, after: row, limit: Self.page).map(RowFailure.init)
    }
}

extension Date {
    fileprivate var utcMicroseconds: Int64 { Int64(timeIntervalSince1970 * 1_000_000) }
}
