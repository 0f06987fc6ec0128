/// The first part of a `multipart/…` body, as it comes in (`csv-feed.md` §12).
///
/// Further parts are passed over. A body that ends before its boundary is an error.
struct MultipartContent<Base: AsyncSequence>: AsyncSequence where Base.Element == [UInt8] {
    /// Bytes that a part's header may have.
    private static var headerLimit: Int { 16 << 10 }

    /// The name in the part's `Content-Disposition`, where it has one.
    let fileName: String?
    private let start: Iterator

    /// Reads up to the part's content.
    ///
    /// - Parameters:
    ///   - base: The body.
    ///   - boundary: From the content type.
    /// - Throws: What `base` throws.
    init(_ base: Base, boundary: String) async throws {
        // The first boundary stands at the very start, or after a line break; as if there were one before the start.
        var scanner = PartScanner(boundary: boundary)
        var iterator = base.makeAsyncIterator()
        while !scanner.headerIsRead, scanner.held < Self.headerLimit {
            guard let piece = try await iterator.next(isolation: #isolation) else { break }
            scanner.feed(piece)
        }
        fileName = scanner.fileName
        start = Iterator(base: iterator, scanner: scanner)
    }

    func makeAsyncIterator() -> Iterator { start }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate var scanner: PartScanner

        mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            guard scanner.headerIsRead else { throw FeedFileError.unexpectedEnd }
            while true {
                let content = scanner.takeContent()
                if !content.isEmpty { return content }
                if scanner.isAtEnd { return nil }
                guard let piece = try await base.next(isolation: actor) else { throw FeedFileError.unexpectedEnd }
                scanner.feed(piece)
            }
        }
    }
}

/// The boundary of a `multipart/…` content type; nil for any other type.
func multipartBoundary(of contentType: String?) -> String? {
    guard let contentType, contentType.lowercased().hasPrefix("multipart/") else { return nil }
    return headerParameter("boundary", of: contentType)
}

/// A parameter of a header's value, without its quotes (RFC 2045 §5.1).
func headerParameter(_ name: String, of header: String) -> String? {
    for part in header.split(separator: ";").dropFirst() {
        let pair = part.split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].trimmed.lowercased() == name else { continue }
        let value: String = pair[1].trimmed
        guard value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return value.isEmpty ? nil : value }
        return String(value.dropFirst().dropLast()).replacing("\\\"", with: "\"")
    }
    return nil
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
