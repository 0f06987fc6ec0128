package import Foundation

/// The files of one supplier and vaccine type, which are applied one after the other (`csv-feed.md` §9).
package struct FeedQueue: Sendable, Hashable {
    /// Names a queue.
    package struct Name: Sendable, Hashable, CustomStringConvertible {
        package let supplier: String
        package let vaccineType: String

        package init(supplier: String, vaccineType: String) {
            self.supplier = supplier
            self.vaccineType = vaccineType
        }

        /// As audit records write it.
        package var description: String { "\(supplier)_\(vaccineType)" }
    }

    /// By whom a queue was stopped, when and why.
    package struct Pause: Sendable, Hashable {
        package var at: Date
        package var by: String
        package var reason: String?

        package init(at: Date, by: String, reason: String?) {
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    package var name: Name
    /// Files that wait, those behind a paused or halted one included.
    package var waiting: Int
    /// The file whose turn it is, if it has begun.
    package var current: FeedID?
    package var currentStatus: FeedStatus?
    package var pause: Pause?

    package init(name: Name, waiting: Int, current: FeedID?, currentStatus: FeedStatus?, pause: Pause?) {
        self.name = name
        self.waiting = waiting
        self.current = current
        self.currentStatus = currentStatus
        self.pause = pause
    }
}
