import Foundation

/// What `herald bench intake` prints.
struct IntakeReport: Encodable {
    /// The limit, measured in the same run.
    struct Limit: Encodable {
        let what: String
        let rowsPerSecond: Int
        let walBytesPerRow: Int
    }

    let benchmark = "intake"
    let herald = Herald.version
    let build = Build.kind
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let postgresql: String
    let server: String
    let rows: Int
    let accepted: Int64
    let rejected: Int64
    let writers: Int
    let batchRows: Int
    let bytes: Int64
    let uploadSeconds: Double
    let uploadMegabytesPerSecond: Double
    let applySeconds: Double
    let rowsPerSecond: Int
    let walBytesPerRow: Int
    let acknowledgementSeconds: Double
    let acknowledgementFileSeconds: Double
    let peakMemoryBytes: Int?
    let limit: Limit?
    /// Rows per second against the limit's.
    let ratio: Double?

    init(
        bench: IntakeBench,
        server: String,
        postgresql: String,
        run: IntakeBench.Measurement,
        limit measured: IntakeLimit.Measurement?
    ) {
        let total = run.accepted + run.rejected
        let rate = Double(total) / max(run.applySeconds, 0.001)
        self.server = server
        self.postgresql = postgresql
        rows = bench.rows
        accepted = run.accepted
        rejected = run.rejected
        writers = bench.writers
        batchRows = bench.batchSize
        bytes = run.bytes
        uploadSeconds = run.uploadSeconds.rounded(to: 3)
        uploadMegabytesPerSecond = (Double(run.bytes) / 1_000_000 / max(run.uploadSeconds, 0.001)).rounded(to: 1)
        applySeconds = run.applySeconds.rounded(to: 3)
        rowsPerSecond = Int(rate)
        walBytesPerRow = Int(run.walBytes / max(total, 1))
        acknowledgementSeconds = run.acknowledgementSeconds.rounded(to: 3)
        acknowledgementFileSeconds = run.acknowledgementFileSeconds.rounded(to: 3)
        peakMemoryBytes = run.peakMemory
        let limitRate = measured.map { Double($0.rows) / max($0.seconds, 0.001) }
        limit = measured.map { measured in
            Limit(
                what: "the same bytes by binary COPY into the same indexed tables",
                rowsPerSecond: Int(Double(measured.rows) / max(measured.seconds, 0.001)),
                walBytesPerRow: Int(measured.walBytes / Int64(max(measured.rows, 1)))
            )
        }
        ratio = limitRate.map { (rate / $0).rounded(to: 3) }
    }
}

extension Double {
    /// With so many digits behind the point.
    func rounded(to digits: Int) -> Double {
        let factor = pow(10, Double(digits))
        return (self * factor).rounded() / factor
    }
}
