import Vaccination

/// What changes from one state of the reference data to the next.
package struct ReferenceDifference: Sendable, Hashable {
    /// One line a change, for people and for the record of changes.
    package let lines: [String]
    package let removedTypes: [String]
    package let removedSuppliers: [String]

    package var isEmpty: Bool { lines.isEmpty }

    package init(from old: ReferenceData, to new: ReferenceData) {
        let newTypes = Dictionary(new.vaccineTypes.all.map { ($0.code, $0) }) { first, _ in first }
        let newSuppliers = Dictionary(new.suppliers.all.map { ($0.name, $0) }) { first, _ in first }
        removedTypes = old.vaccineTypes.all.map(\.code).filter { newTypes[$0] == nil }
        removedSuppliers = old.suppliers.all.map(\.name).filter { newSuppliers[$0] == nil }
        var lines = removedTypes.map { "- vaccine type \($0)" } + removedSuppliers.map { "- supplier \($0)" }
        for type in new.vaccineTypes.all {
            guard let before = old.vaccineTypes[type.code] else {
                lines.append("+ vaccine type \(type.code)")
                continue
            }
            if before != type { lines.append("~ vaccine type \(type.code): target diseases") }
        }
        for supplier in new.suppliers.all {
            if let before = old.suppliers.supplier(named: supplier.name) {
                lines += Self.changes(from: before, to: supplier).map { "~ supplier \(supplier.name): \($0)" }
            } else {
                let codes = supplier.odsCodes.map(\.text).joined(separator: " ")
                let permissions = supplier.permissionTexts.joined(separator: " ")
                lines.append(
                    "+ supplier \(supplier.name): ODS codes \(codes.isEmpty ? "none" : codes), "
                        + "permissions \(permissions.isEmpty ? "none" : permissions)"
                )
            }
        }
        self.lines = lines
    }

    private static func changes(from old: Supplier, to new: Supplier) -> [String] {
        var lines: [String] = []
        for type in Set(old.permissions.keys).union(new.permissions.keys).sorted() {
            switch (old.permissions[type], new.permissions[type]) {
            case (nil, let now?): lines.append("permission \(type).\(now) added")
            case (let before?, nil): lines.append("permission \(type).\(before) taken away")
            case (let before?, let now?) where before != now:
                lines.append("permission \(type).\(before) is now \(type).\(now)")
            default: break
            }
        }
        lines += added(old.odsCodes.map(\.text), new.odsCodes.map(\.text)).map { "ODS code \($0) added" }
        lines += added(new.odsCodes.map(\.text), old.odsCodes.map(\.text)).map { "ODS code \($0) taken away" }
        lines += added(old.doNotEchoTo, new.doNotEchoTo).map { "rows are no longer echoed to \($0)" }
        lines += added(new.doNotEchoTo, old.doNotEchoTo).map { "rows are echoed to \($0) again" }
        return lines
    }

    private static func added(_ old: some Sequence<String>, _ new: some Sequence<String>) -> [String] {
        Set(new).subtracting(old).sorted()
    }
}
