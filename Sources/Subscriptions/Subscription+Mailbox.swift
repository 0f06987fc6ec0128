/// Endpoints that are mailboxes of MESH.
extension Subscription {
    /// What such an endpoint begins with; alone it stands for a mailbox that is looked up.
    package static let mailboxPrefix = "mesh:"

    /// The endpoint of a mailbox.
    package static func endpoint(mailbox: String) -> String { mailboxPrefix + mailbox }

    /// The mailbox that its events go to, if they go to one that is known.
    package var mailbox: String? {
        guard endpoint.hasPrefix(Self.mailboxPrefix) else { return nil }
        let mailbox = endpoint.dropFirst(Self.mailboxPrefix.count)
        return mailbox.isEmpty ? nil : String(mailbox)
    }
}
