/// A place in reserved space to which bytes are laid out one after another.
///
/// The one unsafe corner of the JSON writer, and what makes it quick: an array appended to piece by piece checks its
/// storage at every piece, here it is checked once a member. What is written must have been reserved.
struct ByteCursor {
    fileprivate var next: UnsafeMutablePointer<UInt8>

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        next.pointee = byte
        next += 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        next.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        next += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func put(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            next.update(from: start, count: source.count)
            next += source.count
        }
    }
}

extension [UInt8] {
    /// Appends what `body` lays out, which must be at most `count` bytes.
    @inline(__always)
    mutating func append(atMost count: Int, _ body: (inout ByteCursor) -> Void) {
        append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { buffer, written in
                guard let start = buffer.baseAddress else { return }
                var cursor = ByteCursor(next: start)
                body(&cursor)
                written = cursor.next - start
                precondition(written <= count, "more was written than was reserved")
            }
        }
    }
}
