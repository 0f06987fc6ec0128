import Crypto
package import Foundation
import Synchronization

/// Makes the `Authorization` header of every request (`mesh.md` §2).
///
/// One nonce a process and a counter that only goes up, so that no pair is ever used twice (M-01, M-21).
package final class RequestSigner: Sendable {
    private let credentials: MailboxCredentials
    private let nonce: String
    private let counter: Atomic<UInt64>

    /// A signer for one mailbox.
    ///
    /// - Parameters:
    ///   - credentials: The mailbox's.
    ///   - nonce: Without a colon; new for every process.
    ///   - first: The first count.
    package init(_ credentials: MailboxCredentials, nonce: String = UUID().uuidString.lowercased(), first: UInt64 = 0) {
        self.credentials = credentials
        self.nonce = nonce
        counter = Atomic(first)
    }

    /// The next request's header.
    package func authorization(at time: Date) -> String {
        let count = counter.wrappingAdd(1, ordering: .relaxed).oldValue
        let mailbox = credentials.mailbox.text
        let minute = Self.minute(time)
        let text = "\(mailbox):\(nonce):\(count):\(credentials.password):\(minute)"
        let hash = HMAC<SHA256>.authenticationCode(
            for: Data(text.utf8),
            using: SymmetricKey(data: Data(credentials.sharedKey.utf8))
        )
        let digits = hash.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
        return "NHSMESH \(mailbox):\(nonce):\(count):\(minute):\(digits)"
    }

    /// `yyyyMMddHHmm`, UTC.
    private static func minute(_ time: Date) -> String {
        var seconds = time_t(time.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let numbers = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min]
        return numbers.reduce("\(parts.tm_year + 1900)") { $0 + ($1 < 10 ? "0" : "") + "\($1)" }
    }
}
