package import Vaccination

/// What the intake goes by and operators change while the hub runs: vaccine types, suppliers and their permissions.
package struct ReferenceData: Sendable {
    /// Raised with every change; 0 before an installation has data of its own.
    package var generation: Int64
    package var vaccineTypes: VaccineTypes
    package var suppliers: Suppliers

    package init(generation: Int64 = 0, vaccineTypes: VaccineTypes, suppliers: Suppliers) {
        self.generation = generation
        self.vaccineTypes = vaccineTypes
        self.suppliers = suppliers
    }

    /// The national service's tables, which an installation begins with.
    package static let builtIn = ReferenceData(vaccineTypes: .builtIn, suppliers: .builtIn)

    /// Data that an installation begins with: the built-in tables where a list is not given.
    ///
    /// Built-in suppliers lose their permissions for types that are not there.
    package init(vaccineTypes: VaccineTypes?, suppliers: Suppliers?) {
        let types = vaccineTypes ?? .builtIn
        self.init(vaccineTypes: types, suppliers: suppliers ?? Suppliers.builtIn.limited(to: types))
    }

    /// Checks what neither list can check alone.
    ///
    /// - Throws: ``ReferenceError``, with every fault there is.
    package func validate() throws(ReferenceError) {
        var faults: [String] = []
        for type in vaccineTypes.all where !type.code.utf8.allSatisfy(Self.isCodeByte) {
            // Codes are read from upper-cased file names that are split at underscores.
            faults.append("vaccine type '\(type.code)': write its code with A-Z and digits only")
        }
        for supplier in suppliers.all {
            for type in supplier.permissions.keys.sorted() where vaccineTypes[type] == nil {
                faults.append(
                    "supplier \(supplier.name) has a permission for \(type), which is not a vaccine type here"
                )
            }
        }
        guard faults.isEmpty else { throw ReferenceError(faults: faults) }
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension Suppliers {
    /// The same suppliers with permissions for these types only.
    fileprivate func limited(to types: VaccineTypes) -> Suppliers {
        Suppliers(
            distinct: all.map { supplier in
                supplier.permitted(supplier.permissions.filter { types[$0.key] != nil })
            }
        )
    }
}

/// Why reference data cannot be taken over; nothing of it was.
package struct ReferenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Each a sentence without its full stop that says what is wrong.
    package let faults: [String]

    package init(faults: [String]) { self.faults = faults }

    package var description: String { faults.joined(separator: "\n") }
}
