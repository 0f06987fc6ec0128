import HTTPTypes
import Hummingbird

/// What a client would rather have, out of `Prefer` (RFC 7240, FHIR R4 http.html#ops).
struct Preferences {
    /// The answer to a write.
    enum Return: String {
        case minimal, representation
        case operationOutcome = "OperationOutcome"
    }

    /// What a write answers with.
    let answer: Return

    /// - Parameters:
    ///   - request: What was sent.
    ///   - otherwise: The answer where nothing is said of it.
    init(_ request: Request, otherwise: Return = .minimal) {
        let wanted = request.headers[values: HeaderName.prefer]
            .flatMap { $0.split { $0 == "," || $0 == ";" } }
            .map { $0.filter { $0 != " " && $0 != "\"" } }
            .first { $0.lowercased().hasPrefix("return=") }
        let value = wanted?.dropFirst("return=".count).lowercased()
        let known = [Return.minimal, .representation, .operationOutcome]
        answer = known.first { $0.rawValue.lowercased() == value } ?? otherwise
    }
}
