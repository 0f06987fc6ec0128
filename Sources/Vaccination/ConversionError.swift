/// A value of a stored Immunization that could not be put into its column (immunization-mapping.md §5).
///
/// ``value`` may be a patient's birth date or the like: it belongs into the flat record's list of errors for the
/// operators who mend it, and not into a log; `description` leaves it out.
package struct ConversionError: Error, Hashable, CustomStringConvertible {
    /// The kinds of error, with the numbers the national feed gives them.
    package enum Code: Int, Sendable {
        /// A value in a form that cannot be converted.
        case notConvertible = 5
        /// The element, or one it depends on, is missing or is not what FHIR says it is.
        case extractionFailed = 10
    }

    /// The kind of error.
    package let code: Code
    /// The column left empty.
    package let column: FeedColumn
    /// The value that could not be converted; empty where there was none to show.
    package let value: String
    /// What is wrong, without the value.
    package let message: String

    /// An error in a column.
    package init(code: Code, column: FeedColumn, value: String, message: String) {
        self.code = code
        self.column = column
        self.value = value
        self.message = message
    }

    /// Column, code and message, without the value.
    package var description: String {
        "\(column.header): \(message) (\(code.rawValue))"
    }
}
