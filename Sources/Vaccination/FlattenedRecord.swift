/// A stored Immunization as the 34 columns, and what could not be converted on the way.
package struct FlattenedRecord: Sendable, Hashable {
    /// The 34 columns; empty where something is missing or could not be converted.
    package let flat: FlatRecord
    /// What could not be converted, in column order.
    package let errors: [ConversionError]

    /// A record and its errors.
    package init(flat: FlatRecord, errors: [ConversionError]) {
        self.flat = flat
        self.errors = errors
    }
}
