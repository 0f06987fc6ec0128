/// Why bytes are not the JSON that Herald takes (RFC 8259, read strictly), and at which byte, counted from 0.
package enum JSONError: Error, Hashable {
    /// The text ends within a value.
    case unexpectedEnd(offset: Int)
    /// A byte that cannot stand here.
    case unexpectedByte(offset: Int)
    /// Something other than white space follows the value.
    case trailingBytes(offset: Int)
    /// The bytes are not UTF-8.
    case invalidUTF8(offset: Int)
    /// A control character stands unescaped in a string.
    case controlCharacter(offset: Int)
    /// An escape that JSON does not know, or half of a surrogate pair.
    case invalidEscape(offset: Int)
    /// A number in a form JSON does not know.
    case invalidNumber(offset: Int)
    /// An object has two members of one name; the offset is that of the second.
    case duplicateMember(offset: Int)
    /// Arrays and objects are nested deeper than the limit.
    case tooDeep(offset: Int)

    /// The offset of the byte at fault; the length of the text when it ended too early.
    package var offset: Int {
        switch self {
        case .unexpectedEnd(let offset), .unexpectedByte(let offset), .trailingBytes(let offset),
            .invalidUTF8(let offset), .controlCharacter(let offset), .invalidEscape(let offset),
            .invalidNumber(let offset), .duplicateMember(let offset), .tooDeep(let offset):
            offset
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// A sentence with the offset and without anything of the text, so it is safe to log and to send.
    package var description: String {
        let reason =
            switch self {
            case .unexpectedEnd: "the text ends within a value"
            case .unexpectedByte: "unexpected byte"
            case .trailingBytes: "something follows the value"
            case .invalidUTF8: "not UTF-8"
            case .controlCharacter: "control character in a string"
            case .invalidEscape: "invalid escape"
            case .invalidNumber: "invalid number"
            case .duplicateMember: "a member occurs twice"
            case .tooDeep: "nested too deeply"
            }
        return "\(reason) at byte \(offset)"
    }
}
