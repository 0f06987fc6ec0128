package import Gzip

/// Why a file as a whole is refused, or ends before its last row.
///
/// No case carries content of the file: what stands where a header is expected may be a patient.
package enum FeedFileError: Error, Sendable, Hashable {
    /// The name has no dot.
    case missingExtension
    /// The name does not begin with five parts joined by underscores.
    case invalidNameFormat
    /// One part of the name has a wrong value.
    case invalidName(NamePart)
    /// The supplier has no permission entry for the file's vaccine type.
    case noPermissions(supplier: String, vaccineType: String)
    /// The supplier has an entry for the type, but may neither create nor update nor delete.
    case noActionPermitted(supplier: String)
    /// The sender has no business with this supplier's files.
    case notActingFor(sender: String, supplier: String)
    /// A file of this name is being processed or was processed.
    case duplicateName
    /// The first record is not the 34 column names.
    case invalidHeader(HeaderFault)
    /// The file ended inside quotes; `row` is the row that never ends.
    case unterminatedQuote(row: Int64)
    /// A field of `row` is longer than `limit` bytes.
    case fieldTooLong(row: Int64, limit: Int)
    /// `row` is longer than `limit` bytes.
    case rowTooLong(row: Int64, limit: Int)
    /// There is a row after the last allowed one.
    case tooManyRows(limit: Int64)
    /// There are more than `limit` bytes.
    case fileTooLarge(limit: Int64)
    /// The content came compressed and cannot be decompressed.
    case unreadableGzip(GzipError)
    /// The supplier may not create, update and delete COVID records, which extended attributes files need.
    case noExtendedAttributes(supplier: String)
    /// A message in parts ended before its boundary (csv-feed §12).
    case unexpectedEnd

    /// The part of a file name that is wrong (csv-feed §1).
    package enum NamePart: String, Sendable, Hashable {
        case vaccineType, fixedText, version, odsCode, timestamp, fileExtension
    }

    /// What is wrong with a header (csv-feed §3).
    package enum HeaderFault: Sendable, Hashable {
        /// There is no byte at all.
        case emptyFile
        /// The first line is blank.
        case blankFirstLine
        /// A byte order mark stands before the first name, and is not tolerated.
        case byteOrderMark
        /// The file is UTF-16.
        case notBytewise
        /// The names are separated by something else than `|`.
        case delimiter
        /// The names are right but not in upper case.
        case lowerCase
        /// The 57-column layout of 2023.
        case layoutOf2023
        /// There are `found` names, not 34.
        case columnCount(found: Int)
        /// The name at this position, counted from 1, is not the one expected there.
        case column(position: Int, expected: String)
        /// The first record does not end.
        case unreadable
    }

    /// The status the file gets.
    package var status: FeedStatus {
        switch self {
        case .noPermissions, .noActionPermitted, .notActingFor, .noExtendedAttributes: .unauthorised
        case .duplicateName: .duplicate
        default: .failed
        }
    }

    /// Whether rows before the error took effect; if not, the error never blocks the queue (csv-feed §9).
    package var comesAfterRows: Bool {
        switch self {
        case .unterminatedQuote, .fieldTooLong, .rowTooLong, .tooManyRows, .fileTooLarge: true
        default: false
        }
    }
}
