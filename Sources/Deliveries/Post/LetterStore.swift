/// Where letters are on file; owned by the courier, implemented on PostgreSQL, where what they say is encrypted.
package protocol LetterStore: Sendable {
    /// The letters of a key that wait to be accepted, in their order.
    ///
    /// - Returns: nil where nothing has been kept under the key yet; empty where nothing is left to send.
    /// - Throws: Errors of the store.
    func waitingLetters(_ key: String) async throws -> [WaitingLetter]?

    /// Keeps the letters of an event before the first is attempted, or the word that says why there are none.
    ///
    /// Whoever comes second finds what the first has kept.
    ///
    /// - Throws: Errors of the store.
    func keep(
        _ letters: [Letter],
        or reason: String?,
        under key: String,
        for event: LaneEvent,
        of claim: LaneClaim
    )
        async throws

    /// Files that an attempt begins, before it does (M-10).
    func beginAttempt(ofLetter localID: String) async throws

    /// Files that a letter was accepted.
    func markAccepted(letter localID: String, _ receipt: PostReceipt) async throws

    /// Files what went wrong with an attempt, for operators to read.
    func markFailed(letter localID: String, trouble: String) async throws

    /// Takes a letter that is to be sent once more, for some minutes; nil when none is due (G-32).
    ///
    /// - Returns: The letter, and its lane, which is not held.
    func takeResend() async throws -> (WaitingLetter, LaneClaim)?

    /// Puts the next attempt to send a letter once more off.
    func postponeResend(of localID: String, for pause: Duration, because trouble: String) async throws

    /// Sends a letter that was not accepted to another mailbox.
    func redirect(letter localID: String, to mailbox: String) async throws
}
