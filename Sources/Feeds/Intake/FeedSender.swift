/// Who sends a file, and for whom it may.
package struct FeedSender: Sendable, Hashable {
    /// The API client, mailbox or folder the file comes from.
    package let name: String
    /// The suppliers it acts for; nil for every supplier: what operators send.
    private let suppliers: Set<String>?

    /// A sender that may send files of these suppliers only.
    package init(_ name: String, actingFor suppliers: Set<String>) {
        self.name = name
        self.suppliers = suppliers
    }

    /// A sender that may send every supplier's files: an operator, or a way in that only operators can reach.
    package static func operators(_ name: String) -> FeedSender { FeedSender(name) }

    private init(_ name: String) {
        self.name = name
        suppliers = nil
    }

    /// Checks that the sender acts for a supplier.
    ///
    /// - Throws: ``FeedFileError/notActingFor(sender:supplier:)``.
    func mustActFor(_ supplier: Supplier) throws(FeedFileError) {
        guard suppliers?.contains(supplier.name) ?? true else {
            throw .notActingFor(sender: name, supplier: supplier.name)
        }
    }
}
