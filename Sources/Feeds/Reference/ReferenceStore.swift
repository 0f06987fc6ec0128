/// Where the reference data is read; what the intake asks for each file it receives and each file it begins to apply.
package protocol ReferenceReader: Sendable {
    /// The data as of now: a change that is committed is seen by the next call, in every process.
    ///
    /// An installation without data of its own gets ``ReferenceData/builtIn``.
    func reference() async throws -> ReferenceData
}

/// Where operators change the reference data; implemented on PostgreSQL.
package protocol ReferenceStore: ReferenceReader {
    /// Gives an installation its first data; one that has some is left alone.
    ///
    /// - Returns: Whether the data was taken.
    @discardableResult
    func seed(_ data: ReferenceData) async throws -> Bool

    /// Changes the data in one transaction, one change at a time.
    ///
    /// - Parameters:
    ///   - actor: Who does it, for the record of changes.
    ///   - removesUsed: Whether what is in use may be removed too.
    ///   - isTrial: Whether to leave everything as it is and only say what would change.
    ///   - change: Makes the new data out of the present one.
    /// - Returns: What changed.
    /// - Throws: ``ReferenceError`` for data that is not valid, and for the removal of what is in use.
    func changeReference(
        by actor: String,
        removesUsed: Bool,
        isTrial: Bool,
        _ change: @Sendable (ReferenceData) throws -> ReferenceData
    ) async throws -> ReferenceDifference
}
