import Foundation
import HTTPTypes
import Testing
import Yams

/// The documents in `schemas/openapi`, which describe every path of the hub.
struct OpenAPIDocuments {
    /// One operation of a document.
    struct Operation {
        let file: String
        let path: String
        let method: HTTPRequest.Method
        /// Of the path and of the operation.
        let parameters: [[String: Any]]
        let mediaTypes: [String]
        /// By status; the media types of each.
        let responses: [Int: [String]]

        var name: String { "\(method.rawValue) \(path)" }

        /// The path with its parts that vary left open, which is what a router knows of it.
        var route: String { "\(method.rawValue) \(path.replacing(/\{\w+\}/, with: "*"))" }
    }

    let operations: [Operation]

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "schemas/openapi")
        operations = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".yaml") }.sorted()
            .flatMap { try Self.operations(of: folder.appending(path: $0)) }
    }

    private static func operations(of file: URL) throws -> [Operation] {
        let yaml = try Yams.load(yaml: String(contentsOf: file, encoding: .utf8))
        let document = try #require(yaml as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0", "\(file.lastPathComponent)")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        var operations: [Operation] = []
        for (path, item) in paths {
            let shared = try list(item["parameters"], in: document)
            for (name, value) in item {
                guard let operation = value as? [String: Any], let method = HTTPRequest.Method(name.uppercased()) else {
                    continue
                }
                let responses = try #require(operation["responses"] as? [String: [String: Any]], "\(name) \(path)")
                let body = try resolve(operation["requestBody"] as? [String: Any] ?? [:], in: document)
                operations.append(
                    Operation(
                        file: file.lastPathComponent,
                        path: path,
                        method: method,
                        parameters: shared + (try list(operation["parameters"], in: document)),
                        mediaTypes: (body["content"] as? [String: Any] ?? [:]).keys.sorted(),
                        responses: try Dictionary(
                            uniqueKeysWithValues: responses.map { status, response in
                                let content = try resolve(response, in: document)["content"] as? [String: Any]
                                return (try #require(Int(status)), (content ?? [:]).keys.sorted())
                            }
                        )
                    )
                )
            }
        }
        return operations
    }

    private static func list(_ value: Any?, in document: [String: Any]) throws -> [[String: Any]] {
        try (value as? [[String: Any]] ?? []).map { try resolve($0, in: document) }
    }

    /// Follows a `$ref` inside the document.
    private static func resolve(_ value: [String: Any], in document: [String: Any]) throws -> [String: Any] {
        guard let reference = value["$ref"] as? String else { return value }
        var found: Any = document
        for part in reference.split(separator: "/").dropFirst() {
            found = try #require((found as? [String: Any])?[String(part)], "\(reference)")
        }
        return try #require(found as? [String: Any])
    }
}
