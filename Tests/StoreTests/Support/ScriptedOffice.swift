import Deliveries
import Events
import Foundation
import Synchronization
import Vaccination
import Subscriptions

/// A post office of a test's making: it remembers what it accepted, and answers as the test says.
final class ScriptedOffice: PostOffice {
    struct Post: Sendable, Hashable {
        let letter: Letter
        let isRepeat: Bool
    }

    private let posted = Mutex<[Post]>([])
    private let addresses = Mutex<[String: [String]]>([:])
    private let asked = Mutex<[String]>([])
    private let answer: @Sendable (Post, Int) async throws(PostError) -> PostReceipt

    let origin = "https://mesh.example.nhs.uk"

    /// - Parameter answer: Gets the post and how many posts there were before.
    init(
        _ answer: @escaping @Sendable (Post, Int) async throws(PostError) -> PostReceipt = {
            (_, before) throws(PostError) in
            PostReceipt(messageID: "M\(before + 1)")
        }
    ) {
        self.answer = answer
    }

    var posts: [Post] { posted.withLock(\.self) }

    /// Which mailboxes were looked up, as `ODS WORKFLOW`.
    var lookUps: [String] { asked.withLock(\.self) }

    func set(_ mailboxes: [String], for odsCode: String) {
        addresses.withLock { $0[odsCode] = mailboxes }
    }

    func post(_ letter: Letter, isRepeat: Bool) async throws(PostError) -> PostReceipt {
        let post = Post(letter: letter, isRepeat: isRepeat)
        let before = posted.withLock { posts in
            defer { posts.append(post) }
            return posts.count
        }
        return try await answer(post, before)
    }

    func mailboxes(of odsCode: String, for workflow: String) async throws(PostError) -> [String] {
        asked.withLock { $0.append("\(odsCode) \(workflow)") }
        return addresses.withLock { $0[odsCode] ?? [] }
    }
}

/// Writes letters that say which record they tell of; lanes of one mailbox share theirs if the test wants so.
struct PlainWriter: LetterWriter {
    var sharesLetters = false
    var decide: @Sendable (LaneEvent) -> LetterDecision? = { _ in nil }
    var redirection = Redirection.wait("no-mailbox", .seconds(24 * 3600))

    func key(of event: LaneEvent, for claim: LaneClaim) -> String {
        sharesLetters
            ? "\(claim.subscription.endpoint) \(event.recordID) \(event.version)"
            : "\(claim.subscription.id)/\(event.number)"
    }

    func letters(for event: LaneEvent, of claim: LaneClaim) async throws -> LetterDecision {
        if let decision = decide(event) { return decision }
        var letter = Letter(
            localID: "L-\(UUID())",
            recipient: String(claim.subscription.endpoint.dropFirst("mesh:".count)),
            workflow: "TEST",
            fileName: "\(event.number).xml",
            contentType: "application/fhir+xml",
            body: Array("\(event.identifier.value)".utf8)
        )
        letter.subject = "for JANE DOE"
        return .send([letter])
    }

    func redirect(_ letter: Letter, of claim: LaneClaim) async throws -> Redirection { redirection }
}
