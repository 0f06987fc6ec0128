package import Vaccination

/// The name of a vaccination feed, `<TYPE>_Vaccinations_v5_<ODS>_<TIMESTAMP>[_<anything>].<ext>` (csv-feed §1).
///
/// Case is ignored for reading the parts and kept in ``received`` and ``base``, which name acknowledgements, the
/// archive and duplicates. Whether the ODS code belongs to a supplier is ``Suppliers/admit(_:)``'s question.
package struct FeedFileName: Sendable, Hashable {
    /// The extensions a feed may have.
    package enum FileExtension: String, Sendable, Hashable {
        case csv = "CSV"
        /// What MESH clients send.
        case dat = "DAT"
    }

    /// The name as received.
    package let received: String
    /// The received name without its extension.
    package let base: String
    /// The type of every row in the file.
    package let vaccineType: VaccineType
    /// The layout's version, always `V5`.
    package let version: String
    /// The sender.
    package let odsCode: ODSCode
    /// When the sender made the file; nothing compares it with anything.
    package let timestamp: FeedTimestamp
    /// `csv` or `dat`.
    package let fileExtension: FileExtension

    /// Reads a name.
    ///
    /// A name with a path separator or a control character is refused too: acknowledgements are named after it.
    ///
    /// - Parameters:
    ///   - name: the name as received, without a folder.
    ///   - vaccineTypes: the configured types.
    /// - Throws: ``FeedFileError/invalidNameFormat``, ``FeedFileError/missingExtension`` or
    ///   ``FeedFileError/invalidName(_:)``, found in this order.
    package init(parsing name: String, vaccineTypes: VaccineTypes) throws(FeedFileError) {
        guard Self.isPlain(name) else { throw .invalidNameFormat }
        let upper = name.uppercased()
        let leading = upper.split(separator: "_", maxSplits: 4, omittingEmptySubsequences: false)
        guard leading.count == 5, !leading[..<4].contains(where: { $0.contains(".") }) else { throw .invalidNameFormat }
        guard let dot = upper.lastIndex(of: "."), let receivedDot = name.lastIndex(of: ".") else {
            throw .missingExtension
        }
        let parts = upper[..<dot].split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 5 else { throw .invalidNameFormat }

        guard let vaccineType = vaccineTypes[String(parts[0])] else { throw .invalidName(.vaccineType) }
        guard parts[1] == "VACCINATIONS" else { throw .invalidName(.fixedText) }
        guard parts[2] == "V5" else { throw .invalidName(.version) }
        guard let odsCode = ODSCode(String(parts[3])) else { throw .invalidName(.odsCode) }
        guard let timestamp = FeedTimestamp(parts[4]) else { throw .invalidName(.timestamp) }
        guard let fileExtension = FileExtension(rawValue: String(upper[upper.index(after: dot)...])) else {
            throw .invalidName(.fileExtension)
        }
        received = name
        base = String(name[..<receivedDot])
        self.vaccineType = vaccineType
        version = String(parts[2])
        self.odsCode = odsCode
        self.timestamp = timestamp
        self.fileExtension = fileExtension
    }

    /// Whether the name can be a file's name anywhere: no folder, nothing unprintable, not over 255 bytes.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.count <= 255
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }
}
