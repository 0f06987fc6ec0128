import CLibpq
import Logging

/// Where a connection's notices go; without it libpq prints them to standard error.
final class NoticeSink: Sendable {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// The connection keeps only the address of `self`, which must outlive it.
    func attach(to connection: OpaquePointer) {
        _ = PQsetNoticeReceiver(
            connection,
            { context, notice in
                guard let context, let notice else { return }
                Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue().log(notice)
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func log(_ notice: OpaquePointer) {
        logger.debug(
            "PostgreSQL notice",
            metadata: [
                LogKey.severity: "\(DiagnosticField.severity.text(in: notice) ?? "")",
                LogKey.sqlState: "\(DiagnosticField.sqlState.text(in: notice) ?? "")",
                LogKey.notice: "\(DiagnosticField.message.text(in: notice) ?? "")",
            ]
        )
    }
}

/// A field of an error or notice (`PG_DIAG_…` in `postgres_ext.h`: character macros, which Swift does not import).
enum DiagnosticField: Unicode.Scalar {
    case severity = "V"
    case sqlState = "C"
    case message = "M"
    case detail = "D"
    case hint = "H"
    case context = "W"
    case constraint = "n"
    case sourceFunction = "R"

    func text(in result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(rawValue.value)).map { String(cString: $0) }
    }
}
