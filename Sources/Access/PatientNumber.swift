/// The NHS number a patient's token is bound to: ten digits whose check digit is right.
///
/// `Access` depends on no other target, so that rights can be judged where the vaccination domain is not linked.
package struct PatientNumber: Hashable, Sendable {
    /// The ten digits; for comparison and audit, never for logs.
    package let digits: String

    /// Fails unless the text is exactly ten ASCII digits that satisfy modulus 11; spaces are not forgiven in a token.
    package init?(_ text: some StringProtocol) {
        let values = text.utf8.map { Int($0) - 0x30 }
        guard values.count == 10, values.allSatisfy((0...9).contains) else { return nil }
        let sum = zip(values, (2...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }
        guard (11 - sum % 11) % 11 == values[9] else { return nil }
        digits = String(text)
    }
}

extension PatientNumber: CustomStringConvertible, CustomReflectable {
    /// Never the number: a caller that is logged must not tell who the patient is.
    package var description: String { "redacted" }

    /// No children, so that a dump shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
