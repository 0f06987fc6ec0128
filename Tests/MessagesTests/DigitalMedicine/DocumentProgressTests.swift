import Messages
import Testing

/// gp-digital-medicine.md §12: what a document's answers come to.
struct DocumentProgressTests {
    private typealias Step = DocumentProgress.Step

    private static func answer(_ verdict: ITKAnswer.Verdict, _ code: String, resent: Bool = false) -> Step {
        .answered(verdict, ITKResponseCode(code), resent: resent)
    }

    // TG-07: before the post's own response, twice, business before infrastructure.
    @Test(arguments: [
        ([answer(.arrived, "20013"), answer(.filed, "30001")], DocumentProgress.State.filed),
        ([answer(.arrived, "20013"), answer(.patientElsewhere, "30003")], .refused),
        ([answer(.messageAtFault, "20009")], .refused),
        ([answer(.arrived, "20013")], .received),
        ([answer(.arrived, "20013"), answer(.seenBefore, "20007", resent: true), answer(.filed, "30004")], .filed),
    ])
    private func anyOrderComesToTheSameState(_ answers: [Step], _ state: DocumentProgress.State) {
        for order in ([.accepted, .collected] + answers).permutations {
            var progress = DocumentProgress()
            var reactions: [DocumentProgress.Reaction] = []
            for step in order + order { reactions += progress.take(step) }
            #expect(progress.state == state)
            #expect(!reactions.contains(.reportContradiction))
            #expect(Set(reactions).count == reactions.count, "a reaction comes once")
        }
    }

    // §9.3
    @Test(arguments: [
        (ITKAnswer.Verdict.arrived, [DocumentProgress.Reaction]()), (.filed, []), (.seenBefore, [.reportDefect]),
        (.patientElsewhere, [.traceAgain]), (.wrongPractice, [.lookUpAgain]),
        (.chainBroken, [.breakChain, .tellOperator]), (.messageAtFault, [.reportDefect]),
        (.senderRefused, [.stopLane, .tellOperator]), (.unclear, [.tellOperator]),
    ])
    func everyVerdictHasItsReaction(_ verdict: ITKAnswer.Verdict, _ reactions: [DocumentProgress.Reaction]) {
        var progress = DocumentProgress(.accepted)
        #expect(progress.take(.answered(verdict, ITKResponseCode("20002"), resent: false)) == reactions)
    }

    // §9.3: 20007 and 20008 of a re-send count as 20013, of a first send they are a defect.
    @Test func aDuplicateIsNewsOnlyOfAFirstSend() {
        var resent = DocumentProgress(.accepted)
        #expect(resent.take(Self.answer(.seenBefore, "20007", resent: true)) == [])
        #expect(resent.state == .received)
        var known = DocumentProgress(.filed)
        #expect(known.take(Self.answer(.seenBefore, "20008")) == [])
        #expect(known.state == .filed)
        var first = DocumentProgress(.accepted)
        #expect(first.take(Self.answer(.seenBefore, "20007")) == [.reportDefect])
        #expect(first.state == .refused)
    }

    // §12: nothing leaves `filed`, except that a late negative answer is reported; and a negative answer is final.
    @Test func contradictionsAreReportedAndChangeNothing() {
        var filed = DocumentProgress(.filed)
        #expect(filed.take(Self.answer(.patientElsewhere, "30003")) == [.reportContradiction])
        #expect(filed.state == .filed)
        var refused = DocumentProgress(.accepted)
        #expect(refused.take(Self.answer(.messageAtFault, "20009")) == [.reportDefect])
        #expect(refused.take(Self.answer(.filed, "30001")) == [.reportContradiction])
        #expect(refused.take(Self.answer(.patientElsewhere, "30003")) == [.reportContradiction])
        #expect(refused.take(Self.answer(.messageAtFault, "20009")) == [])
        #expect(refused == DocumentProgress(.refused, refusal: ITKResponseCode("20009")))
    }
}

extension Array {
    fileprivate var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let element = rest.remove(at: index)
            return rest.permutations.map { [element] + $0 }
        }
    }
}
