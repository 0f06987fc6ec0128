import FHIR
import Foundation
import HTTPTypes
import Hummingbird

/// What an operation is asked: the query's parameters and those of a `Parameters` resource or a form in the body.
struct OperationParameters {
    private(set) var all: [FormParameters.Parameter]
    /// Resources among them, by name.
    private(set) var resources: [String: JSONValue] = [:]

    /// - Throws: ``HubError`` 400, 413 or 415.
    init(_ request: Request, _ context: HubContext, _ release: FHIRRelease) async throws {
        all = try FormParameters(request.uri.query ?? "").all
        guard request.method == .post, request.headers[.contentType] != nil else { return }
        if request.headers[.contentType].map({ MediaRange($0).type }) == "application/x-www-form-urlencoded" {
            all += try await FormParameters(body: request, context).all
            return
        }
        try JSONBody.checkHead(request, release)
        let body = try await JSONBody.read(request, context)
        guard body["resourceType"]?.string == "Parameters" else {
            throw HubError(.badRequest, .structure, .badRequest, "The body must be a Parameters resource.")
        }
        for parameter in body["parameter"]?.array ?? [] {
            guard let object = parameter.object, let name = parameter["name"]?.string else {
                throw HubError(.badRequest, .structure, .badRequest, "A parameter must have a name.")
            }
            if let resource = parameter["resource"] {
                resources[name] = resource
                continue
            }
            let value = object.members.first { $0.name.hasPrefix("value") }?.value
            guard let text = value?.string ?? value?.number else {
                throw HubError(
                    .badRequest,
                    .structure,
                    .badRequest,
                    "The parameter \(name.quotedForAnswer) must have a value that is a text or a number."
                )
            }
            all.append(FormParameters.Parameter(name: name, value: text))
        }
    }

    /// Refuses what the operation does not know: a bound that is not understood must not be passed over.
    func allow(_ names: Set<String>) throws(HubError) {
        guard let other = (all.map(\.name) + resources.keys).first(where: { !names.contains($0) }) else { return }
        throw HubError(
            .badRequest,
            .notSupported,
            .badRequest,
            "The parameter \(other.quotedForAnswer) is not supported; these are: \(names.sorted().joined(separator: ", "))."
        )
    }

    /// The values of a parameter that may come several times, or with commas.
    func list(_ name: String) -> [String] {
        all.filter { $0.name == name }.flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    /// The value of a parameter that may come once.
    ///
    /// - Throws: ``HubError`` 400 where it came twice.
    func one(_ name: String) throws(HubError) -> String? {
        let values = all.filter { $0.name == name }
        guard values.count <= 1 else { throw .invalid("The parameter \(name) came twice.") }
        return values.first?.value
    }

    /// A moment.
    func instant(_ name: String) throws(HubError) -> Date? {
        guard let text = try one(name) else { return nil }
        guard let instant = FHIRInstant(text) else {
            throw .invalid("The parameter \(name) must be an instant, such as 2026-01-31T12:00:00Z.")
        }
        return instant.date
    }

    /// A number of an event: a positive integer of 64 bits.
    func number(_ name: String) throws(HubError) -> Int64? {
        guard let text = try one(name) else { return nil }
        guard let number = Int64(text), number > 0, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .invalid("The parameter \(name) must be the number of an event, a positive integer.")
        }
        return number
    }
}
