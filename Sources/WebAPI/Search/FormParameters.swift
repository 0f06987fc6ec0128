import Hummingbird
import NIOCore

/// The parameters of a query string or of a form's body, in order, decoded.
struct FormParameters {
    /// A name and its value.
    struct Parameter: Hashable {
        let name: String
        let value: String
    }

    /// How long a form may be (`immunisation-history.md` §10).
    static let limit = 64 << 10

    let all: [Parameter]

    /// Decodes `a=1&b=2`; a plus sign is a blank, as in every form, so that one in a time zone has to be sent as `%2B`.
    ///
    /// - Throws: ``HubError`` 400 for what is not percent-encoded UTF-8.
    init(_ text: some StringProtocol) throws(HubError) {
        var all: [Parameter] = []
        for pair in text.split(separator: "&", omittingEmptySubsequences: true) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = FormText.decode(halves[0].utf8),
                let value = FormText.decode((halves.count > 1 ? halves[1] : "").utf8)
            else {
                throw .invalid("The parameters must be percent-encoded UTF-8.")
            }
            all.append(Parameter(name: name, value: value))
        }
        self.all = all
    }

    /// Reads a form; a blank value counts as absent.
    ///
    /// - Throws: ``HubError`` 415, 413 or 400; what the connection throws.
    init(body request: Request, _ context: HubContext) async throws {
        let type = request.headers[.contentType].map { MediaRange($0) }
        guard type?.type == "application/x-www-form-urlencoded" else {
            throw HubError.unsupportedMediaType(
                "The header Content-Type must be application/x-www-form-urlencoded.",
                headers: [.accept: "application/x-www-form-urlencoded"]
            )
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.limit {
            throw HubError.tooLong(limit: Self.limit)
        }
        var bytes: [UInt8] = []
        for try await piece in UploadBody(body: request.body, channel: context.channel) {
            guard bytes.count + piece.count <= Self.limit else { throw HubError.tooLong(limit: Self.limit) }
            bytes.append(contentsOf: piece)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HubError.invalid("The parameters must be percent-encoded UTF-8.")
        }
        let form = try FormParameters(text)
        self.init(all: form.all.filter { !$0.value.isEmpty })
    }

    init(all: [Parameter]) { self.all = all }
}
