package import Vaccination

/// The name of an extended attributes file, which is stored and forwarded but never read as a feed (csv-feed §11).
///
/// `Vaccination_Extended_Attributes_v1_<minor digits>_<ODS>_<TIMESTAMP>.csv|dat|ctl`, in any case.
package struct ExtendedAttributesFileName: Sendable, Hashable {
    /// The name as received.
    package let received: String
    /// The sender.
    package let odsCode: ODSCode
    /// When the sender made the file.
    package let timestamp: FeedTimestamp

    /// Reads a name; nil for the name of anything else.
    package init?(parsing name: String) {
        let upper = name.uppercased()
        guard let dot = upper.lastIndex(of: "."), ["CSV", "DAT", "CTL"].contains(upper[upper.index(after: dot)...])
        else {
            return nil
        }
        let parts = upper[..<dot].split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 7, parts[..<4] == ["VACCINATION", "EXTENDED", "ATTRIBUTES", "V1"],
            !parts[4].isEmpty, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let odsCode = ODSCode(String(parts[5])), let timestamp = FeedTimestamp(parts[6])
        else { return nil }
        received = name
        self.odsCode = odsCode
        self.timestamp = timestamp
    }
}
