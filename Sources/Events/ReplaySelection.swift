package import Foundation
package import Vaccination

/// One change of one record.
package struct RecordChangeKey: Sendable, Hashable {
    package var recordID: RecordID
    package var change: Int32

    package init(recordID: RecordID, change: Int32) {
        self.recordID = recordID
        self.change = change
    }
}

/// Which changes of the version history are to be published again.
package struct ReplaySelection: Sendable, Hashable {
    /// Committed at this time or later.
    package var from: Date?
    /// Committed before this time.
    package var to: Date?
    /// Of these records only; all where empty.
    package var records: [RecordID] = []
    /// Also changes that were routed before: for other readers of the topic, since routers pass over them.
    package var includesRouted = false

    /// Everything that was never routed.
    package init() {}
}
