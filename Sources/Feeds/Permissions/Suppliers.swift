package import Vaccination

/// The suppliers that may send feeds, found by the ODS code in a file's name.
package struct Suppliers: Sendable, Hashable {
    /// All of them, in the order of the configuration.
    package let all: [Supplier]
    private let byODSCode: [ODSCode: Supplier]
    private let byName: [String: Supplier]

    /// Suppliers whose names and codes are known to be distinct.
    init(distinct suppliers: [Supplier]) {
        all = suppliers
        byName = Dictionary(suppliers.map { ($0.name, $0) }) { first, _ in first }
        byODSCode = Dictionary(suppliers.flatMap { supplier in supplier.odsCodes.map { ($0, supplier) } }) { first, _ in
            first
        }
    }

    /// Registers suppliers under their names and ODS codes.
    ///
    /// - Throws: ``SuppliersError/sharedODSCode(_:)`` and ``SuppliersError/repeatedName(_:)``: a code must lead to exactly
    ///   one supplier.
    package init(_ suppliers: [Supplier]) throws(SuppliersError) {
        var names: Set<String> = []
        var odsCodes: Set<ODSCode> = []
        for supplier in suppliers {
            guard names.insert(supplier.name).inserted else { throw .repeatedName(supplier.name) }
            for odsCode in Set(supplier.odsCodes) where !odsCodes.insert(odsCode).inserted {
                throw .sharedODSCode("\(odsCode)")
            }
        }
        self.init(distinct: suppliers)
    }

    /// The one supplier an ODS code stands for.
    package func supplier(of odsCode: ODSCode) -> Supplier? { byODSCode[odsCode] }

    /// The supplier of a name, for a feed whose supplier is on file.
    package func supplier(named name: String) -> Supplier? { byName[name] }

    /// The same list with a new state of one of its suppliers, whose ODS codes stay.
    package func replacing(_ changed: Supplier) -> Suppliers {
        Suppliers(distinct: all.map { $0.name == changed.name ? changed : $0 })
    }

    /// Who sends a file and what its rows may do.
    ///
    /// - Throws: ``FeedFileError/invalidName(_:)`` for an ODS code of nobody, else as
    ///   ``Supplier/permissionsToSend(_:)``.
    package func admit(_ name: FeedFileName) throws(FeedFileError) -> (supplier: Supplier, permissions: FeedPermissions)
    {
        let supplier = try supplier(sending: name.odsCode)
        return (supplier, try supplier.permissionsToSend(name.vaccineType))
    }

    /// Who sends a file.
    ///
    /// - Throws: ``FeedFileError/invalidName(_:)`` for an ODS code of nobody.
    package func supplier(sending odsCode: ODSCode) throws(FeedFileError) -> Supplier {
        guard let supplier = supplier(of: odsCode) else { throw .invalidName(.odsCode) }
        return supplier
    }
}

/// Why a list of suppliers cannot be used; met when it is loaded, never while a file is read.
package enum SuppliersError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is not a JSON array of suppliers.
    case notSuppliers(String)
    /// A permission is not `<TYPE>.<letters>` with letters out of CRUDS.
    case invalidPermission(String, supplier: String)
    /// This is not an ODS code.
    case invalidODSCode(String, supplier: String)
    /// Two suppliers claim the same ODS code.
    case sharedODSCode(String)
    /// A supplier is listed twice.
    case repeatedName(String)
    /// A supplier's name is empty, longer than 64 bytes, or holds something else than `A`-`Z`, digits, `_` and `-`.
    case invalidName(String)

    /// What to mend in the configuration.
    package var description: String {
        switch self {
        case .notSuppliers(let reason): "the supplier list is not a JSON array of suppliers: \(reason)"
        case .invalidPermission(let text, let supplier):
            "supplier \(supplier): '\(text)' is not a permission; write for instance FLU.CRUDS"
        case .invalidODSCode(let text, let supplier): "supplier \(supplier): '\(text)' is not an ODS code"
        case .sharedODSCode(let code): "ODS code \(code) is given to more than one supplier"
        case .repeatedName(let name): "supplier \(name) is listed twice; put its permissions and ODS codes together"
        case .invalidName(let name):
            "'\(name)' is not a supplier's name; write up to 64 of A-Z, digits, _ and -, for instance EMIS"
        }
    }
}
