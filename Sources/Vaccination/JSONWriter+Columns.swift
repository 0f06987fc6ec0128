import FHIR

extension FlatRecord {
    /// Whether any column from the first to the last one given holds something.
    func hasAny(of columns: ClosedRange<FeedColumn>) -> Bool {
        range(columns.lowerBound).lowerBound < range(columns.upperBound).upperBound
    }
}

extension FeedColumn: Comparable {
    /// Whether the left column stands before the right one.
    package static func < (left: FeedColumn, right: FeedColumn) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Members made from columns: each writes nothing where its columns are empty, and carries a value that cannot be
/// converted as it is, as a string, so that validation names its place (immunization-mapping.md §1).
extension JSONWriter {
    mutating func text(_ name: StaticString, _ flat: FlatRecord, _ column: FeedColumn) {
        let range = flat.range(column)
        guard !range.isEmpty else { return }
        member(name, flat.bytes.span.extracting(range))
    }

    /// `YYYY-MM-DD`, from either form of a date.
    mutating func date(_ name: StaticString, _ flat: FlatRecord, _ column: FeedColumn) {
        let utf8 = flat.bytes.span.extracting(flat.range(column))
        guard let date = FeedDate.civilDate(utf8) else { return text(name, flat, column) }
        self.name(name)
        plainString { date.appendISO(to: &$0) }
    }

    mutating func dateTime(_ name: StaticString, _ flat: FlatRecord, _ column: FeedColumn) {
        let utf8 = flat.bytes.span.extracting(flat.range(column))
        guard let time = FeedDateTime.parse(utf8) else { return text(name, flat, column) }
        self.name(name)
        plainString { time.appendFHIR(to: &$0) }
    }

    /// The value of a CodeableConcept member whose name is part of `start`, which ends with the coding's system.
    mutating func concept(startingWith start: StaticString, _ flat: FlatRecord, code: FeedColumn, term: FeedColumn) {
        guard !flat.isEmpty(code) || !flat.isEmpty(term) else { return }
        raw(start)
        text("code", flat, code)
        text("display", flat, term)
        close("}]}")
    }
}
