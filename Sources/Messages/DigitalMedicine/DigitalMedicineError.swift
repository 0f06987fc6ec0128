/// Why no document can be made of a stored record; the text names elements, never values.
package enum DigitalMedicineError: Error, Hashable, Sendable {
    /// The record lacks an element that the document cannot do without, or has it in another form.
    case missing(element: String)
    /// The version of a document counts from 1.
    case version(Int)
}
