import Access
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Outbound

/// Fetches key sets over HTTP, as A-21 bounds it.
struct KeyFetcher: KeyDocumentFetcher {
    /// From the first look-up to the last byte.
    private static let patience: Duration = .seconds(5)

    /// Where addresses that clients named may lead, as for endpoints (D-76); in development plain `http` to this machine goes too.
    let policy: AddressPolicy
    var patience = Self.patience

    func fetch(_ url: String, isClientSupplied: Bool) async throws(KeyFetchError) -> KeyDocument {
        // The host exactly as the client will read it: another spelling would slip past the override below.
        guard let parts = URL(string: url), let host = parts.host, !host.isEmpty, parts.user == nil else {
            throw .address
        }
        let address = try await address(of: host, isClientSupplied, scheme: parts.scheme?.lowercased())
        // The name is looked up once: the connection goes to an address that was judged, whatever the name server says next.
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.dnsOverride = [host: address]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result = await Self.within(patience) { () async throws(KeyFetchError) in try await Self.get(url, client) }
        try? await client.shutdown()
        return try result.get()
    }

    /// The address to connect to.
    private func address(
        of name: String,
        _ isClientSupplied: Bool,
        scheme: String?
    ) async throws(KeyFetchError) -> String {
        let isPlain = scheme == "http" && policy.isDevelopment
        guard scheme == "https" || isPlain else { throw .address }
        let host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        let addresses = await SystemResolver().addresses(of: host)
        guard let first = addresses.first(where: \.isIPv4) ?? addresses.first else { throw .unreachable }
        guard !isPlain || addresses.allSatisfy(\.isLoopback) else { throw .address }
        // One bad address among several is enough: the next connection might take that one.
        guard !isClientSupplied || addresses.allSatisfy(policy.allows) else { throw .privateAddress }
        return first.description
    }

    private static func get(_ url: String, _ client: HTTPClient) async throws(KeyFetchError) -> KeyDocument {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
        do {
            let response = try await client.execute(request, timeout: .seconds(5))
            guard response.status == .ok else { throw KeyFetchError.status(Int(response.status.code)) }
            var bytes: [UInt8] = []
            for try await piece in response.body {
                guard bytes.count + piece.readableBytes <= PublicKeySet.maximumBytes else {
                    throw KeyFetchError.tooLarge
                }
                bytes.append(contentsOf: piece.readableBytesView)
            }
            return KeyDocument(bytes: bytes, maxAge: response.headers.first(name: "Cache-Control").flatMap(maxAge))
        } catch let error as KeyFetchError {
            throw error
        } catch {
            throw .unreachable
        }
    }

    private static func maxAge(_ header: String) -> Int? {
        for part in header.split(separator: ",") {
            let halves = part.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[0].trimmingCharacters(in: .whitespaces).lowercased() == "max-age" else {
                continue
            }
            return Int32(halves[1].trimmingCharacters(in: .whitespaces)).map { Int($0) }
        }
        return nil
    }

    /// The client's own time-out ends with the answer's head: this one ends a body that comes by the drop as well.
    private static func within(
        _ duration: Duration,
        _ body: @escaping @Sendable () async throws(KeyFetchError) -> KeyDocument
    ) async -> Result<KeyDocument, KeyFetchError> {
        await withTaskGroup(of: Result<KeyDocument, KeyFetchError>.self) { group in
            group.addTask {
                do throws(KeyFetchError) {
                    return .success(try await body())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: duration)
                return .failure(.unreachable)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.unreachable)
        }
    }
}
