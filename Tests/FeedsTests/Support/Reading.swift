import Feeds

/// What a reader made of a whole file.
struct ReadResult: Equatable {
    var records: [FeedRecord] = []
    var error: FeedFileError?
    var position = FeedPosition.start
}

/// Feeds `bytes`, from `position` on, to a reader, cut into pieces whose sizes `nextSize` gives.
func readFeed(
    _ bytes: [UInt8],
    encoding: FeedEncoding = .utf8,
    limits: FeedLimits = FeedLimits(),
    from position: FeedPosition = .start,
    nextSize: () -> Int = { .max }
) -> ReadResult {
    var reader = FeedReader(encoding: encoding, limits: limits, startingAt: position)
    var result = ReadResult()
    var index = Int(position.byteOffset)
    do throws(FeedFileError) {
        while index < bytes.count {
            let end = index + min(max(1, nextSize()), bytes.count - index)
            try reader.read(Array(bytes[index..<end]), into: &result.records)
            index = end
        }
        try reader.finish(into: &result.records)
    } catch {
        result.error = error
    }
    result.position = reader.position
    return result
}

func readFeed(_ text: String, limits: FeedLimits = FeedLimits()) -> ReadResult {
    readFeed(Array(text.utf8), limits: limits)
}
