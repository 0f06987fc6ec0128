extension RowFindingKind {
    /// A sentence that says what the sender can do about a finding of this kind.
    package func advice(for column: FeedColumn?) -> String {
        let name = column?.header ?? "the row"
        return switch self {
        case .actionFlag: "Write NEW, UPDATE or DELETE into ACTION_FLAG, without spaces."
        case .noPermission: "Ask the operator for permission for this action on this vaccine type, or take the row out."
        case .uniqueIDMissing: "Fill in both UNIQUE_ID and UNIQUE_ID_URI."
        case .mandatory: "Fill in \(name); NEW and UPDATE need it." + Self.unknownValue(of: column)
        case .blank: "Fill in \(name), or leave it empty if it may be empty; spaces alone are not a value."
        case .length: "Write the NHS number as exactly 10 digits, or leave it empty."
        case .maxLength: "Shorten \(name) to \(column == .personSurname ? 35 : 180) characters."
        case .spaces: "Write the NHS number without spaces."
        case .nhsNumberChecksum: "Check the NHS number for a typing error: its digits do not belong together."
        case .notAllowed: "Write 1 (male), 2 (female), 9 (other) or 0 (unknown) into \(name)."
        case .dateInvalid: "Write a real date as YYYYMMDD into \(name)."
        case .dateFuture: "Correct \(name): it lies in the future."
        case .dateTimeInvalid where column == .recordedDate:
            "Write a real date as YYYYMMDD into RECORDED_DATE, not later than today."
        case .dateTimeInvalid:
            "Write a real date and time as YYYYMMDDThhmmss00 (01 in summer time) into \(name), not later than now."
        case .notBoolean: "Write TRUE or FALSE into \(name)."
        case .notPositiveInteger, .outOfRange: "Write a number from 1 to 9 into \(name), or leave it empty."
        case .notNumber:
            "Write a number such as 0.5 into \(name), with a point, without a unit and of at most 18 digits."
        case .snomedInvalid:
            "Write a SNOMED CT concept identifier into \(name); this one's form or check digit is wrong."
        case .codeFormat: "Remove white space around the code in \(name), and double spaces inside it."
        case .patientMissing: "Fill in the patient's columns: name, date of birth, gender and postcode."
        case .duplicate: "Send UPDATE to change this record, or give a new record its own UNIQUE_ID."
        case .notFound: "Send NEW for a record that is not there, or check UNIQUE_ID and UNIQUE_ID_URI."
        case .syntax: "Mend the quotes and line ends of this row, then send it and all rows after it in a new file."
        case .controlCharacter: "Remove the null character from \(name)."
        case .internal: "Send the row again in a new file; if it fails again, ask the operator."
        case .structure: "Give the element the form that the text names."
        case .elementNotAllowed: "Leave the element out."
        case .reference:
            "Refer to the contained Patient from patient, and to the contained Practitioner from performer."
        case .notUnique: "Send one coding of each system."
        case .model: "Build the element as FHIR R4 defines it."
        case .vaccineType: "Name the diseases of exactly one vaccine type in protocolApplied[0].targetDisease."
        case .identity: "Send the id and the identifier that the stored record has; a new record has no id."
        case .extraFields: "Check the row for a | that should stand inside quotes."
        case .manyDecimals: "Check \(name): more than four decimal places are unusual."
        case .negativeAmount: "Check \(name): an amount should not be negative."
        }
    }

    private static func unknownValue(of column: FeedColumn?) -> String {
        switch column {
        case .personPostcode: " Where it is not known, write ZZ99 3CZ."
        case .locationCode: " Where it is not known, write X99999."
        case .personGenderCode: " Where it is not known, write 0."
        default: ""
        }
    }
}
