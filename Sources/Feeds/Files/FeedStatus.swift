/// Where a received file stands, with the words the audit record uses (csv-feed §9).
package enum FeedStatus: String, Sendable, Hashable, CaseIterable {
    /// The content is on its way in; Herald's own, before the reference's first status.
    case receiving = "Receiving"
    /// Name and permission are fine; the file waits for its turn in its queue.
    case queued = "Queued"
    /// Rows are being read.
    case processing = "Processing"
    /// An operator stopped it; it goes on where it was, and its queue waits.
    case paused = "Paused"
    /// An unexpected error stopped it; an operator must look, and its queue waits.
    case halted = "Halted"
    /// Every row is read and handed on, not every outcome is known.
    case preprocessed = "Preprocessed"
    /// Every row has its outcome and the business acknowledgement can be fetched.
    case processed = "Processed"
    /// An extended attributes file that waits to be passed on (csv-feed §11).
    case forwarding = "Forwarding"
    /// An extended attributes file that was passed on unchanged.
    case forwarded = "Forwarded"
    /// Bad name, bad header or a breached limit.
    case failed = "Failed"
    /// An operator or its sender gave it up; rows that were applied before stay applied.
    case cancelled = "Cancelled"
    /// Same name as a file that holds its name.
    case duplicate = "Not processed - Duplicate"
    /// Valid header, no rows.
    case emptyFile = "Not processed - Empty file"
    /// The supplier may not send this vaccine type.
    case unauthorised = "Not processed - Unauthorised"

    /// Whether nothing more happens to the file.
    package var isFinal: Bool {
        switch self {
        case .receiving, .queued, .processing, .paused, .halted, .preprocessed, .forwarding: false
        case .forwarded, .processed, .failed, .cancelled, .duplicate, .emptyFile, .unauthorised: true
        }
    }
}
