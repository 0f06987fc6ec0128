import NIOCore

/// A login as brokers since Kafka 1.0 take it: SaslHandshake agrees on a mechanism, SaslAuthenticate carries its messages.
struct KafkaLogin {
    /// A kind of request and the versions of it that are answered.
    struct Request {
        let key, lowest, highest: Int16
    }

    private static let handshake = Request(key: 17, lowest: 0, highest: 1)
    private static let authenticate = Request(key: 36, lowest: 0, highest: 0)
    /// What a client must find among the requests that a broker knows.
    static let requests = [handshake, authenticate]

    private static let unsupportedMechanism: Int16 = 33
    private static let illegalState: Int16 = 34
    private static let authenticationFailed: Int16 = 58

    private let mechanism: String
    private var exchange: SaslExchange
    private var isAgreed = false
    /// Whether the client has shown who it is.
    private(set) var isIn = false

    init(_ login: KafkaSecurity.Login) {
        mechanism = login.mechanism
        exchange = login.makeExchange()
    }

    /// Answers a request, its length before it: key, version, correlation and the client's name, then what it is about.
    mutating func answer(to frame: ByteBuffer) -> ByteBuffer? {
        var frame = frame
        guard frame.readInteger(as: Int32.self) != nil,
            let (key, _, correlation, name) = frame.readMultipleIntegers(as: (Int16, Int16, Int32, Int16).self)
        else { return nil }
        frame.moveReaderIndex(forwardBy: min(Int(max(name, 0)), frame.readableBytes))
        var answer = ByteBuffer()
        answer.writeInteger(correlation)
        if key == Self.handshake.key {
            agree(frame.readKafkaString(), &answer)
        } else {
            take(key == Self.authenticate.key && isAgreed ? frame.readKafkaBytes() : nil, &answer)
        }
        return answer.framed
    }

    private mutating func agree(_ wanted: String?, _ answer: inout ByteBuffer) {
        isAgreed = wanted == mechanism
        answer.writeInteger(isAgreed ? 0 : Self.unsupportedMechanism)
        answer.writeInteger(Int32(1))
        answer.writeInteger(Int16(mechanism.utf8.count))
        answer.writeString(mechanism)
    }

    /// Error, message (none), and the broker's own words.
    private mutating func take(_ message: [UInt8]?, _ answer: inout ByteBuffer) {
        let error: Int16
        var words: [UInt8] = []
        switch message.map({ exchange.take($0) }) {
        case .answer(let bytes): (error, words) = (0, bytes)
        case .done(let bytes):
            (error, words) = (0, bytes)
            isIn = true
        case .refused: error = Self.authenticationFailed
        case nil: error = Self.illegalState
        }
        answer.writeInteger(error)
        answer.writeInteger(Int16(-1))
        answer.writeInteger(Int32(words.count))
        answer.writeBytes(words)
    }
}

extension ByteBuffer {
    fileprivate mutating func readKafkaString() -> String? {
        readInteger(as: Int16.self).flatMap { readString(length: max(0, Int($0))) }
    }

    fileprivate mutating func readKafkaBytes() -> [UInt8]? {
        readInteger(as: Int32.self).flatMap { readBytes(length: max(0, Int($0))) }
    }
}
