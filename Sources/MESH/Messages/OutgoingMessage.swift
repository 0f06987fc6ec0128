/// A message to be sent.
package struct OutgoingMessage: Sendable, Hashable {
    /// The receiver's mailbox, or a routing address.
    package var recipient: String
    package var workflow: String
    /// The sender's own id: chosen and kept before the first attempt, the same in every one (M-03, M-10).
    package var localID: String
    package var fileName: String
    /// Media type of the content.
    package var contentType: String
    package var subject: String?
    package var partnerID: String?
    /// Letters, digits, space, `:`, `-` and `/` only.
    package var checksum: String?
    package var body: Body

    /// What is sent.
    package enum Body: Sendable, Hashable {
        /// The content, as the receiver is to see it.
        case content([UInt8])
        /// The content, made ready by a ``MessagePartsWriter``.
        case parts(MessageParts)
    }

    /// A message; without subject, partner and checksum.
    package init(
        to recipient: String,
        workflow: String,
        localID: String,
        fileName: String,
        contentType: String,
        body: Body
    ) {
        self.recipient = recipient
        self.workflow = workflow
        self.localID = localID
        self.fileName = fileName
        self.contentType = contentType
        self.body = body
    }
}

extension OutgoingMessage {
    /// The `mex-` headers, cleaned and cut to their limits (`mesh.md` §5).
    ///
    /// A line break in a file's name or in a subject must not end in a refusal: both may come from data.
    var headers: [(name: String, value: String)] {
        let named: [(String, String?)] = [
            ("Mex-To", HeaderText.cleanAddress(recipient, limit: 100)),
            ("Mex-WorkflowID", HeaderText.cleanAddress(workflow, limit: 300)),
            ("Mex-LocalID", HeaderText.clean(localID, limit: 300, replacement: "_")),
            ("Mex-FileName", HeaderText.clean(fileName, limit: 300, replacement: "_")),
            ("Mex-Subject", subject.map { HeaderText.clean($0, limit: 500) }),
            ("Mex-PartnerID", partnerID.map { HeaderText.clean($0, limit: 500) }),
            ("Mex-Content-Checksum", checksum.map(Self.checksum)),
            ("Mex-Content-Type", HeaderText.clean(contentType, limit: 100)),
            ("Content-Type", HeaderText.clean(contentType, limit: 100)),
        ]
        return named.compactMap { name, value in value.flatMap { $0.isEmpty ? nil : (name, $0) } }
    }

    private static func checksum(_ text: String) -> String {
        let allowed = text.filter { $0.isASCII && ($0.isLetter || $0.isNumber || " :-/".contains($0)) }
        return String(allowed.prefix(100))
    }
}
