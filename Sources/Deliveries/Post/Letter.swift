/// A message for a mailbox, complete before it is attempted: every attempt sends the same bytes (G-04, M-10).
package struct Letter: Sendable, Hashable {
    /// The sender's own id of the message, unique, the same in every attempt (M-03).
    package var localID: String
    /// The mailbox it goes to.
    package var recipient: String
    package var workflow: String
    /// May name the patient: never logged (M-26).
    package var subject: String?
    package var fileName: String
    /// Media type of the body.
    package var contentType: String
    /// `Mex-PartnerID`: tags of NEMS subscriptions.
    package var partnerID: String?
    package var body: [UInt8]

    /// A letter; without subject and partner.
    package init(
        localID: String,
        recipient: String,
        workflow: String,
        fileName: String,
        contentType: String,
        body: [UInt8]
    ) {
        self.localID = localID
        self.recipient = recipient
        self.workflow = workflow
        self.fileName = fileName
        self.contentType = contentType
        self.body = body
    }
}

/// A letter that is on file and not yet accepted.
package struct WaitingLetter: Sendable, Hashable {
    package var letter: Letter
    /// Attempts so far: the outcome of any may be unknown (M-11).
    package var attempts: Int

    package init(_ letter: Letter, attempts: Int = 0) {
        self.letter = letter
        self.attempts = attempts
    }
}
