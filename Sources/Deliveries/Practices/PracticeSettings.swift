package import Messages

/// How GP practices are written to (`gp-digital-medicine.md`).
package struct PracticeSettings: Sendable {
    package var sender: DocumentSender
    /// The workflow of the messages; answers have `_ACK` appended.
    package var workflow = "DIGMED_FLU_VAC"
    /// Vaccine types that are sent; nil for all (G-01).
    package var types: Set<String>?
    /// G-03.
    package var format = DigitalMedicineMessage.Format.xml
    /// Whether a practice is not told of what it has given itself (G-02).
    package var suppressesOwn = true
    /// Whether subjects say nothing of the patient (§10).
    package var hasPlainSubject = false
    /// Whether answers are to echo record and version (G-06).
    package var namesRecord = false

    package init(sender: DocumentSender) { self.sender = sender }
}
