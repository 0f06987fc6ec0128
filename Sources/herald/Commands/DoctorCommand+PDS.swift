import PDS

extension DoctorCommand {
    /// Whether the Personal Demographics Service answers the hub.
    func pds(_ configuration: HubConfiguration) async -> Finding {
        guard let pds = configuration.pds else {
            return Finding(
                check: "patient directory",
                isFine: true,
                detail: "the table that herald patients load fills (HERALD_PDS_URL is not set)"
            )
        }
        do {
            try await PDSProbe(pds).run()
            return Finding(check: "patient directory", isFine: true, detail: "\(pds.baseURL) answers")
        } catch {
            return Finding(check: "patient directory", isFine: false, detail: "\(pds.baseURL): \(error)")
        }
    }
}
