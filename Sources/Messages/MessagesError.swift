package import FHIR

/// What can go wrong with a payload; names files, elements and offsets, never what stands in them.
package enum MessagesError: Error, Hashable, Sendable {
    /// A body is not JSON.
    case json(JSONError)
    /// A body is JSON, but this element of a notification is missing or wrong.
    case notification(element: String)
    /// The system refused to read or write a file; `code` is `errno`.
    case system(operation: String, path: String, code: Int32)
    /// A vaccine type that cannot stand in a file name.
    case vaccineType
    /// A manifest that cannot be read, or has a version this hub does not know.
    case manifest(file: String)
    /// An answer of a feed's consumer that is neither an InfAck nor a BusAck.
    case answer(file: String)
    /// A record of a feed file that is not as the layout demands; `record` counts from 0, which is the header.
    case feedRecord(file: String, record: Int)
}

extension MessagesError: CustomStringConvertible {
    /// One sentence, safe to log.
    package var description: String {
        switch self {
        case .json(let error): "The body is not JSON: \(error)."
        case .notification(let element): "The body is not a subscription notification: \(element) is missing or wrong."
        case .system(let operation, let path, let code): "\(operation) \(path) failed with errno \(code)."
        case .vaccineType: "A vaccine type must consist of capital letters and digits to stand in a file name."
        case .manifest(let file): "The manifest \(file) cannot be read."
        case .answer(let file): "\(file) is neither an InfAck nor a BusAck."
        case .feedRecord(let file, let record): "Record \(record) of \(file) is not in the feed's layout."
        }
    }

    /// Whether trying again later may help: only the system's refusals can pass.
    package var isRetriable: Bool {
        if case .system = self { true } else { false }
    }
}
