import AsyncHTTPClient
import MESH

extension DoctorCommand {
    /// Whether the MESH mailbox can be used: a handshake says so.
    func mesh(_ configuration: HubConfiguration) async -> Finding {
        guard let mesh = configuration.mesh else {
            return Finding(check: "MESH", isFine: true, detail: "not used (HERALD_MESH_URL is not set)")
        }
        do {
            let http = try mesh.client.makeHTTPClient()
            let outcome: Result<Void, MESHError>
            do {
                outcome = .success(try await MESHClient(configuration: mesh.client, http: http).handshake())
            } catch {
                outcome = .failure(error)
            }
            try? await http.shutdown()
            try outcome.get()
            return Finding(
                check: "MESH",
                isFine: true,
                detail: "mailbox \(mesh.client.credentials.mailbox) answers at \(mesh.client.url)"
            )
        } catch {
            return Finding(check: "MESH", isFine: false, detail: "\(error); \(advice(error))")
        }
    }

    private func advice(_ error: any Error) -> String {
        guard let error = error as? MESHError else { return "check HERALD_MESH_URL" }
        switch error {
        case .refused(let refusal) where refusal.status == 403:
            return "check HERALD_MESH_MAILBOX, HERALD_MESH_PASSWORD and HERALD_MESH_SHARED_KEY"
        case .unreachable(_, .tls), .unusableFile:
            return "check HERALD_MESH_CERTIFICATE, HERALD_MESH_PRIVATE_KEY and HERALD_MESH_CA"
        default: return "check HERALD_MESH_URL and the network"
        }
    }
}
