import Feeds

/// The syntax of csv-feed §3 written down as plainly as possible, whole file at once: what the reader is held against.
struct SimpleParser {
    var rows: [[[UInt8]]] = []
    var endsInsideQuotes = false

    init(_ bytes: [UInt8]) {
        var row: [[UInt8]] = []
        var field: [UInt8] = []
        var inQuotes = false
        var fieldHasBegun = false
        var index = 0
        func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if inQuotes {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    inQuotes = false
                }
            } else if byte == UInt8(ascii: "\""), !fieldHasBegun {
                inQuotes = true
                fieldHasBegun = true
            } else if byte == UInt8(ascii: "|") {
                row.append(field)
                field = []
                fieldHasBegun = false
            } else if isLineEnd(byte) {
                if fieldHasBegun || !row.isEmpty { rows.append(row + [field]) }
                row = []
                field = []
                fieldHasBegun = false
            } else {
                field.append(byte)
                fieldHasBegun = true
            }
        }
        endsInsideQuotes = inQuotes
        if inQuotes {
            rows.append(row)
        } else if fieldHasBegun || !row.isEmpty {
            rows.append(row + [field])
        }
    }
}
