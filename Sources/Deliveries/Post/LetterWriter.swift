import Events
import Subscriptions

/// Makes the letters of one audience; asked once for each event, for what it answers is kept.
package protocol LetterWriter: Sendable {
    /// What the letters of an event are kept under: lanes that give the same key share them, and the first one sends them.
    ///
    /// - Returns: By default one of the lane's own.
    func key(of event: LaneEvent, for claim: LaneClaim) -> String

    /// The letters that tell of an event.
    ///
    /// It may be asked again for the same event after a crash, before its answer was kept.
    ///
    /// - Throws: Errors of what is asked; the lane is given back and tried again.
    func letters(for event: LaneEvent, of claim: LaneClaim) async throws -> LetterDecision

    /// What becomes of a letter whose mailbox does not exist (417, `mesh.md` §8): it was not accepted.
    ///
    /// - Returns: The mailbox it goes to instead, or how long the lane waits; by default a day.
    func redirect(_ letter: Letter, of claim: LaneClaim) async throws -> Redirection
}

/// What an event comes to.
package enum LetterDecision: Sendable, Hashable {
    /// These letters, in this order.
    case send([Letter])
    /// Nothing is sent; the word says why, such as `suppressed-own`.
    case nothing(String)
    /// The lane waits; the word says what for, such as `no-mailbox`.
    case wait(String, Duration)
}

/// Where a letter goes whose mailbox does not exist.
package enum Redirection: Sendable, Hashable {
    case to(mailbox: String)
    /// The lane waits; the word says what for.
    case wait(String, Duration)
}

extension LetterWriter {
    package func key(of event: LaneEvent, for claim: LaneClaim) -> String {
        "\(claim.subscription.id)/\(event.number)"
    }

    package func redirect(_ letter: Letter, of claim: LaneClaim) async throws -> Redirection {
        .wait("no-mailbox", .seconds(24 * 3600))
    }
}
