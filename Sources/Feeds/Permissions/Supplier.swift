package import Vaccination

/// A system supplier that sends feeds for the sites it serves (csv-feed §2).
package struct Supplier: Sendable, Hashable {
    /// The name used in audit records, reports and queue names, for instance `EMIS`.
    package let name: String
    /// Permissions by the vaccine type's code; a type without an entry is not the supplier's at all.
    package let permissions: [String: FeedPermissions]
    /// The ODS codes in the names of its files, in the order of the configuration.
    package let odsCodes: [ODSCode]
    /// Audiences or clients of subscriptions that are not told of this supplier's rows: they came from there (§6).
    package let doNotEchoTo: Set<String>

    /// A supplier with its permissions.
    package init(
        name: String,
        permissions: [String: FeedPermissions],
        odsCodes: [ODSCode] = [],
        doNotEchoTo: Set<String> = []
    ) {
        self.name = name
        self.permissions = permissions
        self.odsCodes = odsCodes
        self.doNotEchoTo = doNotEchoTo
    }

    /// The same supplier with other permissions.
    package func permitted(_ permissions: [String: FeedPermissions]) -> Supplier {
        Supplier(name: name, permissions: permissions, odsCodes: odsCodes, doNotEchoTo: doNotEchoTo)
    }

    /// What the supplier may do with a type; empty if it has no entry.
    package func permissions(for vaccineType: VaccineType) -> FeedPermissions {
        permissions[vaccineType.code] ?? []
    }

    /// What a file of this type may do, if it may be read at all.
    ///
    /// Rule 1: there must be an entry, with any letter. Rule 2: the entry must allow to create, update or delete. The
    /// flags in the file are not looked at.
    ///
    /// - Throws: ``FeedFileError/noPermissions(supplier:vaccineType:)`` or
    ///   ``FeedFileError/noActionPermitted(supplier:)``.
    package func permissionsToSend(_ vaccineType: VaccineType) throws(FeedFileError) -> FeedPermissions {
        guard let permissions = permissions[vaccineType.code] else {
            throw .noPermissions(supplier: name, vaccineType: vaccineType.code)
        }
        guard !permissions.isDisjoint(with: .rows) else { throw .noActionPermitted(supplier: name) }
        return permissions
    }

    /// Checks that the supplier may send extended attributes files: C, U and D for COVID (csv-feed §11).
    ///
    /// - Throws: ``FeedFileError/noExtendedAttributes(supplier:)``.
    package func mustSendExtendedAttributes() throws(FeedFileError) {
        guard permissions["COVID"]?.isSuperset(of: .rows) == true else { throw .noExtendedAttributes(supplier: name) }
    }

    /// Whether records of this type may be read.
    package func mayRead(_ vaccineType: VaccineType) -> Bool { permissions(for: vaccineType).contains(.read) }

    /// Whether records of this type may be searched.
    package func maySearch(_ vaccineType: VaccineType) -> Bool { permissions(for: vaccineType).contains(.search) }

    /// The queue in which this supplier's files of a type are processed one after another (csv-feed §9).
    package func queueName(for vaccineType: VaccineType) -> String { "\(name)_\(vaccineType.code)" }
}
