package import Vaccination

/// The suppliers that may send feeds, found by the ODS code in a file's name.
package struct Suppliers: Sendable, Hashable {
    private let byODSCode: [ODSCode: Supplier]

    /// Suppliers under codes that are known to be distinct.
    init(byODSCode: [ODSCode: Supplier]) { self.byODSCode = byODSCode }

    /// Registers suppliers under their ODS codes.
    ///
    /// - Throws: ``SuppliersError/sharedODSCode(_:)``: a code must lead to exactly one supplier.
    package init(_ suppliers: [(supplier: Supplier, odsCodes: [ODSCode])]) throws(SuppliersError) {
        var byODSCode: [ODSCode: Supplier] = [:]
        for (supplier, odsCodes) in suppliers {
            for odsCode in odsCodes {
                let earlier = byODSCode.updateValue(supplier, forKey: odsCode)
                guard earlier == nil || earlier == supplier else { throw .sharedODSCode("\(odsCode)") }
            }
        }
        self.byODSCode = byODSCode
    }

    /// The one supplier an ODS code stands for.
    package func supplier(of odsCode: ODSCode) -> Supplier? { byODSCode[odsCode] }

    /// The supplier of a name, for a feed whose supplier is on file.
    package func supplier(named name: String) -> Supplier? { byODSCode.values.first { $0.name == name } }

    /// Who sends a file and what its rows may do.
    ///
    /// - Throws: ``FeedFileError/invalidName(_:)`` for an ODS code of nobody, else as
    ///   ``Supplier/permissionsToSend(_:)``.
    package func admit(_ name: FeedFileName) throws(FeedFileError) -> (supplier: Supplier, permissions: FeedPermissions)
    {
        guard let supplier = supplier(of: name.odsCode) else { throw .invalidName(.odsCode) }
        return (supplier, try supplier.permissionsToSend(name.vaccineType))
    }
}

/// Why a list of suppliers cannot be used; met at start-up, never while a file is read.
package enum SuppliersError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is not a JSON array of suppliers.
    case notSuppliers(String)
    /// A permission is not `<TYPE>.<letters>` with letters out of CRUDS.
    case invalidPermission(String, supplier: String)
    /// This is not an ODS code.
    case invalidODSCode(String, supplier: String)
    /// Two suppliers claim the same ODS code.
    case sharedODSCode(String)

    /// What to mend in the configuration.
    package var description: String {
        switch self {
        case .notSuppliers(let reason): "the supplier list is not a JSON array of suppliers: \(reason)"
        case .invalidPermission(let text, let supplier):
            "supplier \(supplier): '\(text)' is not a permission; write for instance FLU.CRUDS"
        case .invalidODSCode(let text, let supplier): "supplier \(supplier): '\(text)' is not an ODS code"
        case .sharedODSCode(let code): "ODS code \(code) is given to more than one supplier"
        }
    }
}
