import FHIR

/// The rules of single values, whichever way a value came: as a field of a row or as an element of an Immunization
/// (csv-feed.md §5.2-5.8, immunization-mapping.md §3.2).
///
/// What differs between the two is only how a value is written, so that dates and times come in parsed, nil where they
/// could not be. Each value gets at most one error. An empty field is absent, and never looked at.
struct ValueInspection {
    /// Microseconds since 1970, UTC.
    let now: Int64
    /// Days since 1970, UTC.
    let today: Int32

    var findings: [RowFinding] = []
    var nhsNumber: NHSNumber?
    /// Microseconds since 1970, UTC; nil until a good time of the vaccination was seen.
    var occurrence: Int64?

    /// Nothing found yet.
    ///
    /// - Parameter now: microseconds since 1970, UTC.
    init(now: Int64) {
        self.now = now
        let day: Int64 = 86_400_000_000
        today = Int32(truncatingIfNeeded: now >= 0 ? now / day : (now - day + 1) / day)
    }

    /// Adds a finding about a column, at another place in the resource than a row's value if there is a location.
    mutating func add(_ kind: RowFindingKind, _ column: FeedColumn, at location: String? = nil) {
        findings.append(RowFinding(kind, column, at: location))
    }

    mutating func inspectText(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>, at location: String? = nil) {
        if TextForm.isBlank(field) { add(.blank, column, at: location) }
    }

    mutating func inspectName(
        _ column: FeedColumn,
        _ field: UnsafeBufferPointer<UInt8>,
        limit: Int,
        at location: String? = nil
    ) {
        if TextForm.isBlank(field) {
            add(.blank, column, at: location)
        } else if !TextForm.fits(field, limit) {
            findings.append(.maxLength(limit, column, at: location))
        }
    }

    /// One fault a value: blank, then the length, then spaces, then the digits.
    mutating func inspectNHSNumber(_ field: UnsafeBufferPointer<UInt8>) {
        if let number = NHSNumber(utf8: field) {
            nhsNumber = number
        } else if TextForm.isBlank(field) {
            add(.blank, .nhsNumber)
        } else if TextForm.characterCount(field) != 10 {
            add(.length, .nhsNumber)
        } else if field.contains(UInt8(ascii: " ")) {
            add(.spaces, .nhsNumber)
        } else {
            add(.nhsNumberChecksum, .nhsNumber)
        }
    }

    /// Days since 1970.
    mutating func inspectBirthDate(_ day: Int32?) {
        guard let day else { return add(.dateInvalid, .personDOB) }
        if day > today { add(.dateFuture, .personDOB) }
    }

    /// FHIR's words; a row's codes are looked at before.
    mutating func inspectGender(_ field: UnsafeBufferPointer<UInt8>) {
        guard Gender(word: field) == nil else { return }
        add(TextForm.isBlank(field) ? .blank : .notAllowed, .personGenderCode)
    }

    mutating func inspectOccurrence(_ time: FeedDateTime?) {
        guard let time, time.utcMicroseconds <= now else { return add(.dateTimeInvalid, .dateAndTime) }
        occurrence = time.utcMicroseconds
    }

    /// A day, as days since 1970; in an Immunization perhaps with a time, as microseconds since 1970, UTC.
    mutating func inspectRecorded(day: Int32?, time: Int64? = nil) {
        guard let day, time.map({ $0 <= now }) ?? (day <= today) else { return add(.dateTimeInvalid, .recordedDate) }
    }

    /// Days since 1970; past and future are right.
    mutating func inspectExpiry(_ day: Int32?) {
        if day == nil { add(.dateInvalid, .expiryDate) }
    }

    mutating func inspectConcept(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>) {
        if !SNOMEDCode.isConcept(field) { add(.snomedInvalid, column) }
    }

    mutating func inspectCode(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>, at location: String? = nil) {
        if TextForm.isBlank(field) {
            add(.blank, column, at: location)
        } else if !FHIRCode.isCode(field) {
            add(.codeFormat, column, at: location)
        }
    }

    mutating func inspectDoseNumber(_ number: DoseNumber) {
        switch number {
        case .valid: break
        case .notPositive: add(.notPositiveInteger, .doseSequence)
        case .outOfRange: add(.outOfRange, .doseSequence)
        }
    }

    mutating func inspectDoseAmount(_ field: Span<UInt8>) {
        guard let amount = DoseAmount(field) else { return add(.notNumber, .doseAmount) }
        if amount.isNegative { add(.negativeAmount, .doseAmount) }
        if amount.decimals > 4 { add(.manyDecimals, .doseAmount) }
    }
}
