import NIOCore
import Synchronization

/// How a Kafka client is kept on the proxy: brokers tell clients where to connect next, and that must be here again.
///
/// Only the port is replaced, so it works for brokers that call themselves by a loopback name.
package final class KafkaDialect: Sendable {
    /// What brokers call themselves.
    let host: String
    private let ports = Mutex<[Int: Int]>([:])

    /// For brokers of this advertised host name.
    package init(host: String) { self.host = host }

    /// Leads a broker's port to a proxy's.
    package func redirect(port: Int, to proxy: Int) { ports.withLock { $0[port] = proxy } }

    /// What stands in an answer for an address, and what is to stand there: the string's end, and the port as int32.
    var replacements: [(from: [UInt8], to: [UInt8])] {
        ports.withLock { ports in ports.map { (address($0.key), address($0.value)) } }
    }

    private func address(_ port: Int) -> [UInt8] {
        Array(host.utf8) + [0, 0, UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }
}

/// The first words of a Kafka connection: ApiVersions from version 3 on is answered here, as a broker would that does
/// not know it.
///
/// librdkafka before 2.2 cannot read some brokers' answer to it (`engineering-notes.md` §3) and then asks with version 0.
struct KafkaHandshake {
    struct Step {
        var answer: ByteBuffer?
        var forward: ByteBuffer?
    }

    private static let apiVersions: Int16 = 18
    private static let unsupportedVersion: Int16 = 35
    /// What the client still has to show.
    private var login: KafkaLogin?
    private var buffer = ByteBuffer()
    private var isOver = false
    /// Whether what comes next is who the client is.
    private var isAsking = false

    /// - Parameter login: How clients have to show who they are.
    init(login: KafkaSecurity.Login? = nil) { self.login = login.map { KafkaLogin($0) } }

    /// Takes what the client sent; gives what to answer and what to hand on.
    mutating func take(_ bytes: ByteBuffer) -> Step {
        guard !isOver else { return Step(forward: bytes) }
        buffer.writeImmutableBuffer(bytes)
        return isAsking ? identify() : handshake()
    }

    /// Answers the client until it has shown who it is.
    private mutating func identify() -> Step {
        var step = Step()
        while login != nil, let size: Int32 = buffer.getInteger(at: buffer.readerIndex),
            let frame = buffer.readSlice(length: Int(size) + 4), let answer = login?.answer(to: frame)
        {
            step.answer = answer
            if login?.isIn == true { login = nil }
        }
        guard login == nil else { return step }
        isOver = true
        if buffer.readableBytes > 0 { step.forward = buffer }
        return step
    }

    private mutating func handshake() -> Step {
        var step = Step()
        while let size: Int32 = buffer.getInteger(at: buffer.readerIndex), buffer.readableBytes >= 12 {
            let key: Int16? = buffer.getInteger(at: buffer.readerIndex + 4)
            let version: Int16? = buffer.getInteger(at: buffer.readerIndex + 6)
            let correlation: Int32? = buffer.getInteger(at: buffer.readerIndex + 8)
            guard key == Self.apiVersions, let version, version >= 3, let correlation else {
                isAsking = login != nil
                isOver = !isAsking
                step.forward = buffer
                buffer.clear()
                return step
            }
            guard buffer.readSlice(length: Int(size) + 4) != nil else { break }
            var answer = step.answer ?? ByteBuffer()
            answer.writeInteger(Int32(10))
            answer.writeInteger(correlation)
            answer.writeInteger(Self.unsupportedVersion)
            answer.writeInteger(Int32(0))
            step.answer = answer
        }
        return step
    }
}

extension ByteBuffer {
    /// The bytes with their number before them.
    var framed: ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(Int32(readableBytes))
        frame.writeImmutableBuffer(self)
        return frame
    }
}

/// A broker's answers, frame by frame, with its addresses replaced in those that may hold some.
struct KafkaAnswers {
    /// Metadata are small; what is larger holds records and goes through as it comes.
    private static let limit = 64 << 10
    private let dialect: KafkaDialect
    /// Whether the list of what the broker knows, which comes first, is to name what a login takes too.
    private var addsLogin: Bool
    private var buffer = ByteBuffer()
    /// Bytes of a large frame that are still to come.
    private var passing = 0

    init(_ dialect: KafkaDialect, addsLogin: Bool = false) {
        self.dialect = dialect
        self.addsLogin = addsLogin
    }

    /// Takes what the broker sent; gives what may go on, if anything.
    mutating func take(_ bytes: ByteBuffer) -> ByteBuffer? {
        buffer.writeImmutableBuffer(bytes)
        var output = ByteBuffer()
        while buffer.readableBytes > 0 {
            if passing > 0 {
                guard let part = buffer.readSlice(length: min(passing, buffer.readableBytes)) else { break }
                passing -= part.readableBytes
                output.writeImmutableBuffer(part)
                continue
            }
            guard let size: Int32 = buffer.getInteger(at: buffer.readerIndex) else { break }
            if size > Self.limit {
                passing = Int(size) + 4
            } else if var frame = buffer.readSlice(length: Int(size) + 4) {
                if addsLogin {
                    addsLogin = false
                    frame = Self.withLogin(frame)
                }
                output.writeBytes(replaced(Array(frame.readableBytesView)))
            } else {
                break
            }
        }
        buffer.discardReadBytes()
        return output.readableBytes > 0 ? output : nil
    }

    /// An answer to ApiVersions 0 with more entries: correlation, error, and an array of key, lowest and highest version.
    private static func withLogin(_ frame: ByteBuffer) -> ByteBuffer {
        guard let count: Int32 = frame.getInteger(at: frame.readerIndex + 10),
            var body = frame.getSlice(at: frame.readerIndex + 4, length: frame.readableBytes - 4)
        else { return frame }
        body.setInteger(count + Int32(KafkaLogin.requests.count), at: body.readerIndex + 6)
        for request in KafkaLogin.requests { body.writeMultipleIntegers(request.key, request.lowest, request.highest) }
        return body.framed
    }

    private func replaced(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        for (from, to) in dialect.replacements {
            var start = frame.startIndex
            while let range = frame[start...].firstRange(of: from) {
                frame.replaceSubrange(range, with: to)
                start = range.upperBound
            }
        }
        return frame
    }
}
