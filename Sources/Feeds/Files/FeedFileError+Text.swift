import Gzip

extension FeedFileError: CustomStringConvertible {
    /// The national service's wording where it has one, which suppliers know (csv-feed §1-§3).
    package var text: String {
        switch self {
        case .missingExtension: "Initial file validation failed: missing file extension"
        case .invalidNameFormat: "Initial file validation failed: invalid file key format"
        case .invalidName: "Initial file validation failed: invalid file key"
        case .noPermissions(let supplier, let vaccineType):
            "Initial file validation failed: \(supplier) does not have permissions for \(vaccineType)"
        case .noActionPermitted(let supplier):
            "\(supplier) does not have permissions to perform any of the requested actions."
        case .notActingFor(let sender, let supplier):
            "Initial file validation failed: \(sender) does not act for \(supplier)"
        case .duplicateName: "Duplicate file"
        case .invalidHeader: "File headers are invalid."
        case .unterminatedQuote(let row): "Row \(row): the file ends inside a quoted field."
        case .fieldTooLong(let row, let limit): "Row \(row): a field is longer than \(limit) bytes."
        case .rowTooLong(let row, let limit): "Row \(row) is longer than \(limit) bytes."
        case .tooManyRows(let limit): "The file has more than \(limit) rows."
        case .fileTooLarge(let limit): "The file has more than \(limit) bytes."
        case .unreadableGzip: "The file was sent with gzip and cannot be decompressed."
        case .noExtendedAttributes(let supplier):
            "\(supplier) does not have permissions for extended attributes files."
        case .unexpectedEnd: "Unexpected EOF"
        }
    }

    /// A sentence that says what the sender can do.
    package var advice: String {
        switch self {
        case .missingExtension: "End the file's name with .csv or .dat."
        case .invalidNameFormat:
            "Name the file <TYPE>_Vaccinations_v5_<ODS>_<YYYYMMDDThhmmsszz>.csv, without a dot before the extension."
        case .invalidName(let part): part.advice
        case .noPermissions(_, let vaccineType):
            "Ask the operator for a permission for \(vaccineType), or check the ODS code in the file's name."
        case .noActionPermitted: "Ask the operator for permission to create, update or delete."
        case .notActingFor(let sender, _):
            "Check the ODS code in the file's name, or ask the operator to let \(sender) act for this supplier."
        case .duplicateName: "Send corrections under a new name, for instance with a new time stamp."
        case .invalidHeader(let fault): fault.advice
        case .unterminatedQuote(let row):
            "Close the quote in row \(row), write a quote inside quotes twice, and send that row and those after it again."
        case .fieldTooLong(let row, _):
            "Look for a missing closing quote in row \(row), and send that row and those after it again."
        case .rowTooLong(let row, _):
            "Look for missing line ends or a missing closing quote in row \(row), and send it and those after it again."
        case .tooManyRows(let limit): "Send the rows after row \(limit) in a further file."
        case .fileTooLarge: "Send the rows in several smaller files."
        case .unreadableGzip(let error): error.description
        case .noExtendedAttributes: "Ask the operator for permission to create, update and delete COVID records."
        case .unexpectedEnd: "The message ends before its closing boundary. Send the file again."
        }
    }

    /// Text and advice together: what a sender is told.
    package var sentence: String { text.hasSuffix(".") ? "\(text) \(advice)" : "\(text). \(advice)" }

    /// The text; it holds no content of the file.
    package var description: String { text }
}

extension FeedFileError.NamePart {
    fileprivate var advice: String {
        switch self {
        case .vaccineType:
            "Begin the name with a known vaccine type, for instance FLU or COVID (COVID19 is no longer used)."
        case .fixedText: "The second part of the name is 'Vaccinations'."
        case .version: "The third part of the name is 'v5'; other layouts are not accepted."
        case .odsCode: "The fourth part of the name is the ODS code of a supplier that is registered here."
        case .timestamp:
            "The fifth part of the name is a date and time YYYYMMDDThhmmss followed by 00 (GMT) or 01 (BST)."
        case .fileExtension: "End the file's name with .csv or .dat."
        }
    }
}

extension FeedFileError.HeaderFault {
    fileprivate var advice: String {
        switch self {
        case .emptyFile: "The file is empty; send the 34 column names and the rows."
        case .blankFirstLine: "Remove the blank lines before the column names."
        case .byteOrderMark: "Write the file without a byte order mark."
        case .notBytewise: "Write the file in UTF-8, not in UTF-16."
        case .delimiter: "Separate the columns with |."
        case .lowerCase: "Write the column names in upper case."
        case .layoutOf2023: "This is the 57-column layout of 2023; send the 34 columns of version 5."
        case .columnCount(let found):
            "The first line must hold the 34 column names of version 5; it holds \(found) fields."
        case .column(let position, let expected): "Column \(position) must be named \(expected)."
        case .unreadable: "The first line must hold the 34 column names; it has no end or an open quote."
        }
    }
}
