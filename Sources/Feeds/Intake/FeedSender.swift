import Vaccination

/// Who sends a file, and for whom it may.
package struct FeedSender: Sendable, Hashable {
    /// The API client, mailbox or folder the file comes from.
    package let name: String
    /// The suppliers it acts for; nil for every supplier: what operators send.
    private let suppliers: Set<String>?
    /// The ODS codes whose files it may send; none for all of its suppliers' (`auth.md` §12).
    private let odsCodes: Set<String>

    /// A sender that may send files of these suppliers only, and of these ODS codes only where there are any.
    package init(_ name: String, actingFor suppliers: Set<String>, as odsCodes: Set<String> = []) {
        self.name = name
        self.suppliers = suppliers
        self.odsCodes = odsCodes
    }

    /// A sender that may send every supplier's files: an operator, or a way in that only operators can reach.
    package static func operators(_ name: String) -> FeedSender { FeedSender(name) }

    private init(_ name: String) {
        self.name = name
        suppliers = nil
        odsCodes = []
    }

    /// Checks that the sender acts for a supplier, and for the organisation in the file's name.
    ///
    /// - Throws: ``FeedFileError/notActingFor(sender:supplier:)``.
    func mustActFor(_ supplier: Supplier, as odsCode: ODSCode) throws(FeedFileError) {
        guard suppliers?.contains(supplier.name) ?? true else {
            throw .notActingFor(sender: name, supplier: supplier.name)
        }
        guard odsCodes.isEmpty || odsCodes.contains(odsCode.text) else {
            throw .notActingFor(sender: name, supplier: "\(supplier.name) as \(odsCode.text)")
        }
    }
}
