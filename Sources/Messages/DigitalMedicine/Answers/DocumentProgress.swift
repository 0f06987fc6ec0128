/// How far one document has come with its practice (gp-digital-medicine.md §12), and what an answer asks for (§9.3).
///
/// Answers overtake each other, come twice, and come before the post's own response is stored: whatever the order, the
/// last state is the same.
package struct DocumentProgress: Hashable, Sendable {
    /// The states of a document that is on its way.
    package enum State: String, Hashable, Sendable, CaseIterable {
        case composed, accepted, collected, received, filed, refused
    }

    /// What has happened.
    package enum Step: Hashable, Sendable {
        /// MESH has taken the message.
        case accepted
        /// The practice has collected it from its mailbox.
        case collected
        /// It has answered; `resent`: the message had been posted more than once.
        case answered(ITKAnswer.Verdict, ITKResponseCode?, resent: Bool)
    }

    /// What is to be done.
    package enum Reaction: String, Hashable, Sendable, CaseIterable {
        /// Ask which practice the patient has now.
        case traceAgain = "trace-again"
        /// Look the practice's mailbox up again.
        case lookUpAgain = "look-up-again"
        /// The next document of the record goes to this practice as new (G-31).
        case breakChain = "break-chain"
        /// Nothing more goes to this practice until a person has looked.
        case stopLane = "stop-lane"
        /// The message was wrong; it is never sent again unchanged.
        case reportDefect = "report-defect"
        /// Two answers contradict each other; both are kept.
        case reportContradiction = "report-contradiction"
        /// A person has to look.
        case tellOperator = "tell-operator"
    }

    package private(set) var state: State
    /// The code of the negative answer, which is final.
    package private(set) var refusal: ITKResponseCode?

    /// A document in this state.
    package init(_ state: State = .composed, refusal: ITKResponseCode? = nil) {
        self.state = state
        self.refusal = refusal
    }

    /// Takes a step in, and says what it asks for; a step that says nothing new asks for nothing.
    package mutating func take(_ step: Step) -> [Reaction] {
        switch step {
        case .accepted: return advance(to: .accepted)
        case .collected: return advance(to: .collected)
        case .answered(.arrived, _, _): return advance(to: .received)
        case .answered(.filed, _, _):
            guard state == .refused else { return advance(to: .filed) }
            return [.reportContradiction]
        // Of a message that was sent twice, or that has been answered well, this says only that it is there.
        case .answered(.seenBefore, _, resent: let resent) where resent || state == .received || state == .filed:
            return advance(to: .received)
        case .answered(let verdict, let code, _): return refuse(verdict, code)
        }
    }

    private mutating func advance(to next: State) -> [Reaction] {
        if next.rank > state.rank { state = next }
        return []
    }

    private mutating func refuse(_ verdict: ITKAnswer.Verdict, _ code: ITKResponseCode?) -> [Reaction] {
        switch state {
        case .filed: return [.reportContradiction]
        case .refused: return code == refusal ? [] : [.reportContradiction]
        case .composed, .accepted, .collected, .received: break
        }
        state = .refused
        refusal = code
        return switch verdict {
        case .patientElsewhere: [.traceAgain]
        case .wrongPractice: [.lookUpAgain]
        case .chainBroken: [.breakChain, .tellOperator]
        case .messageAtFault: [.reportDefect]
        case .seenBefore: [.reportDefect]
        case .senderRefused: [.stopLane, .tellOperator]
        case .arrived, .filed, .unclear: [.tellOperator]
        }
    }
}

extension DocumentProgress.State {
    /// Nothing leaves `filed` or `refused`.
    fileprivate var rank: Int {
        switch self {
        case .composed: 0
        case .accepted: 1
        case .collected: 2
        case .received: 3
        case .filed, .refused: 4
        }
    }
}
