/// Why bytes cannot be decompressed.
package enum GzipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not gzip, or damaged.
    case damaged
    /// The bytes end before the end of the gzip file.
    case truncated
    /// The content is larger than allowed, in bytes.
    case tooLarge(limit: Int64)
    /// The content is so many times larger than its compressed form that it cannot be meant well.
    case tooDense(limit: Int)
    /// zlib could not get memory.
    case outOfMemory

    /// One sentence for whoever sent the bytes.
    package var description: String {
        switch self {
        case .damaged: "The content is not gzip, or damaged on its way. Send it again."
        case .truncated: "The content ends before the end of the gzip file. Send it again."
        case .tooLarge(let limit): "The decompressed content is larger than \(limit) bytes. Split it."
        case .tooDense(let limit):
            "The content decompresses to more than \(limit) times its size. Send it without compression."
        case .outOfMemory: "There is no memory to decompress the content."
        }
    }
}
