package import Foundation

/// Names a received file: its message id in acknowledgements (`csv-feed.md` §8).
package struct FeedID: Sendable, Hashable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// The id as a path or a command line carries it.
    package init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    package var description: String { uuid.uuidString.lowercased() }
}
