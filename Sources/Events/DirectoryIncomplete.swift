package import Vaccination

/// A directory has not answered for everybody it was asked about.
package struct DirectoryIncomplete: Error, Hashable, CustomStringConvertible {
    /// What it has said of the others it knows.
    package var known: [NHSNumber: PatientDetails]
    /// Whom it has not answered for.
    package var missing: Set<NHSNumber>
    /// Those among them for whom it was asked now, and gave nothing that can be relied on.
    package var failed: Set<NHSNumber>
    /// Why, for operators; names no patient.
    package let description: String

    package init(
        known: [NHSNumber: PatientDetails],
        missing: Set<NHSNumber>,
        failed: Set<NHSNumber>,
        reason: String
    ) {
        self.known = known
        self.missing = missing
        self.failed = failed
        description = reason
    }
}
