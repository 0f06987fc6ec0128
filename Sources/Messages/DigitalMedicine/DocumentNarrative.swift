import FHIR

/// The tables of a section's narrative; all text is escaped, cells without text are left out (§6, G-10).
struct DocumentNarrative {
    enum Cell {
        case text(String?)
        case paragraphs([String])

        fileprivate var xhtml: String? {
            switch self {
            case .text(let text): text.map { "<td>\($0.xmlContent)</td>" }
            case .paragraphs(let lines) where lines.isEmpty: nil
            case .paragraphs(let lines):
                "<td>" + lines.map { "<p>\($0.xmlContent)</p>" }.joined() + "</td>"
            }
        }
    }

    private var tables = ""
    private var rows = ""

    /// A row; without any cell there is none.
    mutating func row(_ label: String, _ cells: Cell...) {
        let texts = cells.compactMap(\.xhtml)
        guard !texts.isEmpty else { return }
        rows += "<tr><th>\(label.xmlContent)</th>\(texts.joined())</tr>"
    }

    /// A row with term and code.
    mutating func row(_ label: String, _ coding: RecordedVaccination.Coding?) {
        // The code for "not available" tells a reader nothing.
        let code = coding?.system == RecordedVaccination.nullFlavor && coding?.display != nil ? nil : coding?.code
        row(label, .text(coding?.display), .text(code))
    }

    /// Ends a table and begins another.
    mutating func endTable() {
        guard !rows.isEmpty else { return }
        tables += "<table width=\"100%\"><tbody>\(rows)</tbody></table>"
        rows = ""
    }

    /// The `div` of the rows written.
    static func div(_ body: (inout DocumentNarrative) -> Void) -> String {
        var narrative = DocumentNarrative()
        body(&narrative)
        narrative.endTable()
        return wrap(narrative.tables)
    }

    /// The `div` of one paragraph.
    static func div(paragraph: String) -> String { wrap("<p>\(paragraph.xmlContent)</p>") }

    private static func wrap(_ content: String) -> String {
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">\(content)</div>"
    }
}
