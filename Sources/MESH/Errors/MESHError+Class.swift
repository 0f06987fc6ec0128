/// What a failed call means for what to do next (`mesh.md` §8).
package enum MESHErrorClass: String, Hashable, Sendable {
    /// The outage passes: try again with growing pauses.
    case transient
    /// The server failed: try again, at most five times, then as ``defect``.
    case serverFault
    /// The mailbox, its key or its certificate is set up wrongly: stop the mailbox and tell an operator.
    case configuration
    /// The receiver's address is unknown: look it up again.
    case address
    /// The upload has to start again, as a new message.
    case restart
    /// The message is complete already.
    case complete
    /// There is no such message, or not any more.
    case gone
    /// The message cannot be had yet; try on the next poll.
    case notYet
    /// The request is wrong and stays wrong: set it aside.
    case defect
    /// The process is stopping.
    case cancelled
}

extension MESHError {
    /// What the failure means.
    package var kind: MESHErrorClass {
        switch self {
        case .refused(let refusal): refusal.kind
        case .unreachable(_, .tls), .unusableFile: .configuration
        case .unreachable: .transient
        case .unreadable: .serverFault
        case .unusableContent, .unusableBody: .defect
        case .cancelled: .cancelled
        }
    }

    /// Whether the same call may succeed later.
    package var isRetriable: Bool { kind == .transient || kind == .serverFault || kind == .notYet }

    /// Whether a post may have been carried out although it failed: then it must not simply be posted again (M-11).
    package var leavesOutcomeUnknown: Bool {
        switch self {
        case .refused(let refusal): refusal.status >= 500
        case .unreachable, .unreadable, .cancelled: true
        case .unusableContent, .unusableFile, .unusableBody: false
        }
    }
}

extension MESHRefusal {
    /// What the answer means.
    package var kind: MESHErrorClass {
        switch status {
        case 408, 425, 429, 502, 503, 504: .transient
        case 500...: .serverFault
        case 300..<400, 401: .configuration
        case 403: isAboutMailbox ? .configuration : .defect
        case 404: .gone
        case 410: .notYet
        case 417: expectationKind
        case 423: .complete
        default: .defect
        }
    }

    private var expectationKind: MESHErrorClass {
        switch (code, operation) {
        case ("12", _): .address
        case (_, .sendChunk): .restart
        default: .defect
        }
    }

    /// A 403 for a message is about that message, unless it says that the caller is not believed (`mesh.md` §2).
    private var isAboutMailbox: Bool {
        switch operation {
        case .read, .download, .acknowledge, .sendChunk:
            code?.hasPrefix("EPL-") == true
                || ["token", "authorization", "mailbox"].contains { text?.lowercased().contains($0) ?? false }
        default: true
        }
    }
}
