import NIOHTTP1

/// What MESH says about a message in an inbox (`mesh.md` §5).
package struct MessageHeaders: Hashable, Sendable {
    package var id: MessageID
    /// `DATA` or `REPORT`.
    package var messageType: String
    /// The sender's mailbox; none for a report.
    package var sender: String?
    package var recipient: String?
    package var workflow: String
    package var localID: String?
    package var partnerID: String?
    package var fileName: String?
    package var subject: String?
    /// The content's media type with its parameters, also of a message in chunks.
    package var contentType: String?
    package var statusCode: String?
    package var statusEvent: String?
    package var statusSuccess: String?
    package var statusDescription: String?
    /// `yyyyMMddHHmmss`, UTC.
    package var statusTimestamp: String?
    package var linkedMessageID: String?
    package var chunks: Int

    /// Data that was transferred: the only thing whose content may be used (M-04).
    package var isData: Bool { messageType == "DATA" && statusEvent == "TRANSFER" && statusSuccess == "SUCCESS" }

    /// What MESH reports about an earlier message of ours; nil for anything else (`mesh.md` §7).
    package var report: DeliveryReport? {
        guard messageType == "REPORT" else { return nil }
        return DeliveryReport(
            messageID: linkedMessageID,
            localID: localID,
            workflow: workflow,
            code: statusCode ?? "",
            text: statusDescription ?? ""
        )
    }

    init?(_ headers: HTTPHeaders, requested: MessageID) {
        func value(_ name: String) -> String? { headers.first(name: name).flatMap { $0.isEmpty ? nil : $0 } }
        guard let messageType = value("mex-messagetype") else { return nil }
        id = value("mex-messageid").flatMap { MessageID($0) } ?? requested
        self.messageType = messageType.uppercased()
        sender = value("mex-from")
        recipient = value("mex-to")
        workflow = value("mex-workflowid") ?? ""
        localID = value("mex-localid")
        partnerID = value("mex-partnerid")
        fileName = value("mex-filename")
        subject = value("mex-subject")
        contentType = value("mex-content-type") ?? value("content-type")
        statusCode = value("mex-statuscode")
        statusEvent = value("mex-statusevent")
        statusSuccess = value("mex-statussuccess")
        statusDescription = value("mex-statusdescription")
        statusTimestamp = value("mex-statustimestamp")
        linkedMessageID = value("mex-linkedmsgid")
        let range = value("mex-chunk-range")?.split(separator: ":").last.flatMap { Int($0) }
        chunks = value("mex-total-chunks").flatMap { Int($0) } ?? range ?? 1
    }
}

/// A failure that MESH noticed after it had accepted a message (`mesh.md` §7).
package struct DeliveryReport: Hashable, Sendable {
    /// The failed message.
    package let messageID: String?
    /// Its sender's own id (M-07).
    package let localID: String?
    /// The failed message's own workflow.
    package let workflow: String
    /// MESH's code, such as `14` or `EPL-153`.
    package let code: String
    package let text: String

    /// What has to be done about it.
    package enum Cause: String, Hashable, Sendable {
        /// The receiver has not collected the message within five days.
        case notCollected
        /// Routing found no mailbox, or several.
        case noMailbox
        /// The NHS number or the demographics have to be traced again.
        case patient
        /// An operator has to look.
        case transfer
    }

    /// The class of the code.
    package var cause: Cause {
        switch code {
        case "14": .notCollected
        case "EPL-150", "EPL-151": .noMailbox
        case "EPL-152", "EPL-153", "EPL-154": .patient
        default: .transfer
        }
    }
}
