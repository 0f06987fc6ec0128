import Testing

@testable import MESH

/// The classes of `mesh.md` §8, and the three shapes of an error answer.
@Suite struct MESHErrorTests {
    @Test func allThreeShapesAreRead() {
        let v2 = MESHRefusal(
            .send,
            status: 417,
            body: Array(
                #"{"message_id":"AB_1","detail":[{"event":"SEND","code":"12","msg":"Unregistered to address"}]}"#.utf8
            )
        )
        #expect(v2.code == "12" && v2.event == "SEND" && v2.text == "Unregistered to address")
        #expect(v2.messageID == MessageID("AB_1"))
        let v1 = MESHRefusal(
            .list,
            status: 403,
            body: Array(
                #"{"messageID":"AB_1","errorEvent":"SEND","errorCode":"EPL-151","errorDescription":"No mailbox matched"}"#
                    .utf8
            )
        )
        #expect(v1.code == "EPL-151" && v1.event == "SEND" && v1.text == "No mailbox matched")
        let parameters = MESHRefusal(
            .handshake,
            status: 400,
            body: Array(
                #"{"detail":[{"type":"missing","loc":["header","mex-clientversion"],"msg":"Field required"}]}"#.utf8
            )
        )
        #expect(parameters.code == nil && parameters.text == "Field required")
        for other in ["", "<html>", "[]", #"{"detail":"Not Found"}"#, #"{"detail":{}}"#] {
            #expect(MESHRefusal(.list, status: 404, body: Array(other.utf8)).status == 404)
        }
    }

    @Test(arguments: [
        (MESHOperation.send, 400, nil, MESHErrorClass.defect), (.send, 400, "06", .defect),
        (.list, 403, nil, .configuration), (.send, 403, "EPL-151", .configuration), (.download, 403, nil, .defect),
        (.download, 404, "20", .gone), (.send, 406, nil, .defect), (.download, 410, nil, .notYet),
        (.send, 417, "12", .address), (.send, 417, "02", .defect), (.sendChunk, 417, nil, .restart),
        (.send, 422, nil, .defect), (.sendChunk, 423, nil, .complete), (.send, 425, nil, .transient),
        (.send, 429, nil, .transient), (.send, 500, nil, .serverFault), (.send, 502, nil, .transient),
        (.send, 503, nil, .transient), (.send, 504, nil, .transient), (.list, 302, nil, .configuration),
    ])
    func statusesHaveTheClassOfSection8(
        _ operation: MESHOperation,
        _ status: Int,
        _ code: String?,
        _ kind: MESHErrorClass
    ) {
        var refusal = MESHRefusal(operation, status: status)
        refusal.code = code
        let error = MESHError.refused(refusal)
        #expect(error.kind == kind)
        #expect(error.isRetriable == [.transient, .serverFault, .notYet].contains(kind))
        #expect(error.leavesOutcomeUnknown == (status >= 500))
        #expect(error.description.contains("\(status)"))
    }

    @Test func aForbiddenMessageIsNotAForbiddenMailbox() {
        var refusal = MESHRefusal(.download, status: 403)
        refusal.text = "Invalid Authentication Token"
        #expect(refusal.kind == .configuration)
        refusal.text = "Forbidden"
        #expect(refusal.kind == .defect)
    }

    @Test func noAnswerLeavesTheOutcomeUnknown() {
        #expect(MESHError.unreachable(.send, .timeout).kind == .transient)
        #expect(MESHError.unreachable(.send, .timeout).leavesOutcomeUnknown)
        #expect(MESHError.unreachable(.send, .tls).kind == .configuration)
    }
}
