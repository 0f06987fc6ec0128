/// Where letters are posted; owned by the courier, implemented on MESH.
package protocol PostOffice: Sendable {
    /// Names the office for the breaker that all its lanes share: scheme, host and port (M-24).
    var origin: String { get }

    /// Posts a letter.
    ///
    /// - Parameters:
    ///   - letter: The letter, which is on file.
    ///   - isRepeat: Whether an earlier attempt may have been accepted: then the office is asked for it first (M-11).
    /// - Returns: The receipt, of this attempt or of the earlier one; only with it counts the letter as accepted (D-07).
    /// - Throws: ``PostError``.
    func post(_ letter: Letter, isRepeat: Bool) async throws(PostError) -> PostReceipt

    /// The mailboxes of an organisation that take a workflow, empty where there are none (`gp-digital-medicine.md` §10).
    ///
    /// - Throws: ``PostError``.
    func mailboxes(of odsCode: String, for workflow: String) async throws(PostError) -> [String]
}

/// What the office said to a letter.
package struct PostReceipt: Sendable, Hashable {
    /// The message's id; nil where it is there several times and nobody tells the ids.
    package var messageID: String?
    /// Copies the receiver gets beyond the first.
    package var duplicates: Int

    package init(messageID: String?, duplicates: Int = 0) {
        self.messageID = messageID
        self.duplicates = duplicates
    }
}

/// Why a letter could not be posted, by what to do next (`mesh.md` §8).
package struct PostError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Try again with growing pauses; the status where there was an answer.
        case away(httpStatus: Int?)
        /// The office fails on this letter: try again, but not for ever.
        case fault
        /// An operator has to set the own mailbox up rightly.
        case stopped
        /// There is no such mailbox.
        case unknownRecipient
        /// The letter is refused and stays refused.
        case refused(httpStatus: Int?)
        /// The process is stopping.
        case cancelled
    }

    package let kind: Kind
    /// For logs and operators; nothing secret or personal.
    package let description: String
    /// How long the office wants to be left alone.
    package let retryAfter: Duration?

    package init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }
}

extension PostError {
    /// How often the office may fail on a letter before that counts as refused (`mesh.md` §8).
    private static var faultsAllowed: Int { 5 }

    /// The class in which lanes and breakers count it.
    ///
    /// - Parameter attempt: Counts the attempts of the letter from 1.
    /// - Returns: The class; nil where the attempt was cut short by ourselves.
    /// - Returns: The class.
    func outcome(ofAttempt attempt: Int) -> AttemptOutcome? {
        switch kind {
        case .away(let status?): .transient(.errorResponse(httpStatus: status), retryAfter: retryAfter)
        case .away(nil): .transient(.noResponse, retryAfter: retryAfter)
        case .fault where attempt < Self.faultsAllowed:
            .transient(.errorResponse(httpStatus: 500), retryAfter: retryAfter)
        case .fault: .rejected(httpStatus: 500)
        case .stopped: .misconfigured(httpStatus: 403)
        case .unknownRecipient: .rejected(httpStatus: 417)
        case .refused(let status): .rejected(httpStatus: status ?? 400)
        case .cancelled: nil
        }
    }
}
