import AsyncHTTPClient
import Vaccination

/// Asks the service once, as a router does, to see whether it can be used.
package struct PDSProbe: Sendable {
    private let configuration: PDSConfiguration

    package init(_ configuration: PDSConfiguration) { self.configuration = configuration }

    /// Asks about a number that is nobody's: of the range 999, which is for tests.
    ///
    /// - Throws: ``PDSUnavailable`` with the reason, for operators.
    package func run() async throws {
        guard let nobody = NHSNumber("9999999999") else { return }
        let client = PDSRequest.makeClient(configuration)
        let (answer, _) = await PDSRequest(configuration: configuration).send(nobody, with: client)
        try await client.shutdown()
        switch answer {
        case .unavailable(let reason), .notAsked(let reason): throw PDSUnavailable(reason)
        case .known, .unknown: break
        }
    }
}
