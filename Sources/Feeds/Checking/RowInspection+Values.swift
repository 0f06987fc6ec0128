import Vaccination

// The checks of single columns; each column gets at most one error.
extension RowInspection {
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

    mutating func inspectName(_ column: FeedColumn, _ field: UnsafeBufferPointer<UInt8>, limit: Int) {
        if TextForm.isBlank(field) {
            add(.blank, column)
        } else if !TextForm.fits(field, limit) {
            findings.append(.maxLength(limit, column))
        }
    }

    mutating func inspectBirthDate(_ field: UnsafeBufferPointer<UInt8>) {
        guard let day = FeedDate.parse(field) else { return add(.dateInvalid, .personDOB) }
        if day > today { add(.dateFuture, .personDOB) }
    }

    mutating func inspectGender(_ field: UnsafeBufferPointer<UInt8>) {
        if field.count == 1 {
            switch field[0] {
            case UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "9"): return
            default: break
            }
        }
        if ASCIIWord.equals(field, "male") || ASCIIWord.equals(field, "female") || ASCIIWord.equals(field, "other")
            || ASCIIWord.equals(field, "unknown")
        {
            return
        }
        add(TextForm.isBlank(field) ? .blank : .notAllowed, .personGenderCode)
    }

    mutating func inspectOccurrence(_ field: UnsafeBufferPointer<UInt8>) {
        guard let time = FeedDateTime.parse(field), time.utcMicroseconds <= now else {
            return add(.dateTimeInvalid, .dateAndTime)
        }
        occurrence = time.utcMicroseconds
    }

    mutating func inspectDoseSequence(_ field: UnsafeBufferPointer<UInt8>) {
        switch NumberForm.doseNumber(field) {
        case .valid: break
        case .notPositive: add(.notPositiveInteger, .doseSequence)
        case .outOfRange: add(.outOfRange, .doseSequence)
        }
    }

    mutating func inspectDoseAmount(_ field: UnsafeBufferPointer<UInt8>) {
        switch NumberForm.amount(field) {
        case .valid: break
        case .notNumber: add(.notNumber, .doseAmount)
        case .manyDecimals: add(.manyDecimals, .doseAmount)
        case .negative: add(.negativeAmount, .doseAmount)
        case .negativeWithManyDecimals:
            add(.negativeAmount, .doseAmount)
            add(.manyDecimals, .doseAmount)
        }
    }
}
