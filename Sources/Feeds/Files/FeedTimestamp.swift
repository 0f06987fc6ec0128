import Vaccination

/// A date and time as the names of files carry it: `YYYYMMDDThhmmsszz`, `zz` 00 for GMT and 01 for BST (csv-feed §1).
package struct FeedTimestamp: Sendable, Hashable, CustomStringConvertible {
    /// The 17 characters, upper case.
    package let text: String
    /// The instant, microseconds since 1970, UTC.
    package let utcMicroseconds: Int64

    /// Reads exactly 17 characters of a real date and time; they may lie in the past or the future.
    package init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == 17, let instant = characters.withUnsafeBufferPointer({ FeedDateTime.parse($0) })
        else {
            return nil
        }
        self.text = String(text)
        utcMicroseconds = instant.utcMicroseconds
    }

    /// The whole second an instant lies in, as GMT.
    ///
    /// - Parameter utcMicroseconds: microseconds since 1970, in the years 1 to 9999.
    package init(utcMicroseconds: Int64) {
        let seconds = UTCSecond(utcMicroseconds: utcMicroseconds)
        text = seconds.compact + "00"
        self.utcMicroseconds = seconds.utcMicroseconds
    }

    /// The 17 characters.
    package var description: String { text }
}
