/// The check of SNOMED CT identifiers (csv-feed.md §5.6).
package enum SNOMEDCode {
    /// Whether the text is a well-formed SNOMED CT *concept* identifier.
    ///
    /// 6 to 18 ASCII digits, the first not 0, partition `00` or `10` before the check digit (so no description and
    /// no relationship), and a right Verhoeff check digit. Membership in any code list is not looked at.
    package static func isConcept(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let zero = UInt8(ascii: "0")
        guard (6...18).contains(utf8.count), utf8[0] != zero else { return false }
        guard utf8.allSatisfy({ (zero...UInt8(ascii: "9")).contains($0) }) else { return false }
        guard utf8[utf8.count - 2] == zero, utf8[utf8.count - 3] <= zero + 1 else { return false }
        var check = 0
        for (position, byte) in utf8.reversed().enumerated() {
            check = Int(product[check * 10 + Int(permutation[position % 8 * 10 + Int(byte - zero)])])
        }
        return check == 0
    }

    /// Whether the text is a well-formed SNOMED CT *concept* identifier.
    package static func isConcept(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isConcept($0) }
    }

    // Verhoeff's scheme: the multiplication table of the dihedral group D5, row by row, …
    private static let product: [UInt8] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        1, 2, 3, 4, 0, 6, 7, 8, 9, 5,
        2, 3, 4, 0, 1, 7, 8, 9, 5, 6,
        3, 4, 0, 1, 2, 8, 9, 5, 6, 7,
        4, 0, 1, 2, 3, 9, 5, 6, 7, 8,
        5, 9, 8, 7, 6, 0, 4, 3, 2, 1,
        6, 5, 9, 8, 7, 1, 0, 4, 3, 2,
        7, 6, 5, 9, 8, 2, 1, 0, 4, 3,
        8, 7, 6, 5, 9, 3, 2, 1, 0, 4,
        9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
    ]

    // … and the powers of its permutation, one row a position from the right, repeating after eight.
    private static let permutation: [UInt8] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        1, 5, 7, 6, 2, 8, 3, 0, 9, 4,
        5, 8, 0, 3, 7, 9, 6, 1, 4, 2,
        8, 9, 1, 6, 0, 4, 3, 5, 2, 7,
        9, 4, 5, 3, 1, 2, 6, 8, 7, 0,
        4, 2, 8, 6, 5, 7, 3, 9, 0, 1,
        2, 7, 9, 3, 8, 0, 6, 4, 1, 5,
        7, 0, 4, 6, 9, 1, 3, 2, 5, 8,
    ]
}
