/// One change of one record, decided on and not made yet (`immunisation-history.md` §7).
///
/// The decisions are here and the same for every way in that changes single records; whether the content keeps the rules of
/// a resource was seen to before (``ImmunizationValidator``).
package struct RecordPlan: Sendable {
    package let id: RecordID
    package let effect: RecordEffect
    /// The FHIR version the change leads to.
    package let version: Int32
    /// The change the record was at when this was decided; nil where there was no record.
    package let basis: Int32?
    /// The new content; nil for a removal.
    package let content: VaccinationRecord?

    /// Creates a record, or brings a deleted one back under the same id with the next version.
    ///
    /// - Parameters:
    ///   - content: The checked resource.
    ///   - stored: What is held under the identifier.
    ///   - permits: Whether the caller may create records of a vaccine type.
    /// - Throws: ``RecordRefusal``.
    package init(
        creating content: VaccinationRecord,
        over stored: RecordSnapshot?,
        permits: (String) -> Bool
    ) throws(RecordRefusal) {
        guard permits(content.vaccineType.code) else { throw .forbidden(vaccineType: content.vaccineType.code) }
        if let stored {
            guard stored.isDeleted else { throw .duplicate(content.identifier) }
            // As with rows: what was stored as another type takes permission for that one too (`csv-feed.md` §2).
            guard permits(stored.vaccineType) else { throw .forbidden(vaccineType: stored.vaccineType) }
        }
        self.init(content, over: stored, id: content.id)
    }

    /// Replaces a record's content; a deleted record is live again afterwards.
    ///
    /// - Parameters:
    ///   - stored: The record.
    ///   - content: The checked resource.
    ///   - version: The version the caller believes the record is at; not looked at where the record is deleted.
    ///   - permits: Whether the caller may update records of a vaccine type.
    /// - Throws: ``RecordRefusal``.
    package init(
        updating stored: RecordSnapshot,
        to content: VaccinationRecord,
        at version: Int32,
        permits: (String) -> Bool
    ) throws(RecordRefusal) {
        for type in [stored.vaccineType, content.vaccineType.code] where !permits(type) {
            throw .forbidden(vaccineType: type)
        }
        let identifier = content.identifier
        let different = [
            identifier.system.utf8.elementsEqual(stored.identifier.system.utf8) ? nil : "identifier[0].system",
            identifier.value.utf8.elementsEqual(stored.identifier.value.utf8) ? nil : "identifier[0].value",
        ].compactMap(\.self)
        guard different.isEmpty else { throw .otherIdentifier(different) }
        guard stored.isDeleted || stored.version == version else { throw .otherVersion(current: stored.version) }
        self.init(content, over: stored, id: stored.id)
    }

    /// Marks a record as deleted; its content stays on file.
    ///
    /// - Parameters:
    ///   - stored: The record, if there is one.
    ///   - version: The version the caller believes the record is at, if they said so.
    ///   - permits: Whether the caller may delete records of a vaccine type.
    /// - Throws: ``RecordRefusal``.
    package init(
        deleting stored: RecordSnapshot?,
        at version: Int32? = nil,
        permits: (String) -> Bool
    ) throws(RecordRefusal) {
        guard let stored, !stored.isDeleted else { throw .notFound }
        guard permits(stored.vaccineType) else { throw .forbidden(vaccineType: stored.vaccineType) }
        guard version ?? stored.version == stored.version else { throw .otherVersion(current: stored.version) }
        id = stored.id
        effect = .removed
        self.version = stored.version
        basis = stored.change
        content = nil
    }

    private init(_ content: VaccinationRecord, over stored: RecordSnapshot?, id: RecordID) {
        self.id = id
        self.content = content
        effect = stored == nil ? .created : .corrected
        version = (stored?.version ?? 0) + 1
        basis = stored?.change
    }
}

/// Why a record is not changed.
package enum RecordRefusal: Error, Sendable, Hashable {
    /// There is no record, or it is deleted.
    case notFound
    /// The caller may not do this with records of the vaccine type.
    case forbidden(vaccineType: String)
    /// A live record holds the identifier.
    case duplicate(RecordIdentifier)
    /// The resource is about another record: these parts of its identifier differ.
    case otherIdentifier([String])
    /// The record is at another version.
    case otherVersion(current: Int32)
}
