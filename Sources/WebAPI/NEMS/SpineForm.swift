import FHIR
import HTTPTypes
import Hummingbird
import NIOCore

/// The forms in which the national events' API speaks (`nems.md` §2.2).
struct SpineForm: Hashable, Sendable {
    /// As it stands in an answer's Content-Type.
    let mediaType: String
    let isXML: Bool

    /// What is spoken where nothing is said.
    static let standard = SpineForm(mediaType: "application/xml+fhir", isXML: true)
    private static let known = [
        SpineForm(mediaType: "application/fhir+xml", isXML: true), standard,
        SpineForm(mediaType: "application/fhir+json", isXML: false),
        SpineForm(mediaType: "application/json+fhir", isXML: false),
    ]
    static let names = known.map(\.mediaType).joined(separator: ", ")

    /// The form an answer is asked in; nil for none that there is.
    init?(accept headers: [String]) {
        let wishes = headers.flatMap { MediaRange.list($0) }.filter(\.isWanted)
        guard !wishes.isEmpty else {
            self = .standard
            return
        }
        for wish in wishes {
            if let form = Self.form(of: wish) {
                self = form
                return
            }
            if wish.type == "*/*" || wish.type == "application/*" {
                self = .standard
                return
            }
        }
        return nil
    }

    /// The form a body comes in.
    init?(contentType header: String?) {
        guard let header else {
            self = .standard
            return
        }
        guard let form = Self.form(of: MediaRange(header)) else { return nil }
        self = form
    }

    private init(mediaType: String, isXML: Bool) {
        self.mediaType = mediaType
        self.isXML = isXML
    }

    private static func form(of range: MediaRange) -> SpineForm? {
        guard ["utf-8", "utf8", nil].contains(range.parameters["charset"]?.lowercased()) else { return nil }
        return known.first { $0.mediaType == range.type }
    }

    /// The resource as an answer.
    func response(
        _ resource: JSONValue,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = mediaType + ";charset=utf-8"
        headers[.cacheControl] = "no-store"
        let bytes = isXML ? try STU3XMLWriter.document(of: resource.legalInXML) : resource.bytes
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The resource that a body holds.
    func resource(_ bytes: [UInt8]) throws(SpineRefusal) -> JSONValue {
        do {
            let resource = isXML ? try STU3XMLReader.resource(in: bytes) : try JSONValue(parsing: bytes)
            guard resource.object != nil else { throw JSONError.unexpectedByte(offset: 0) }
            // Neither XML nor the database can hold the rest.
            return resource.legalInXML
        } catch {
            throw SpineRefusal(
                .badRequest,
                "structure",
                .messageNotWellFormed,
                "The body must be one FHIR resource as \(mediaType)."
            )
        }
    }
}
