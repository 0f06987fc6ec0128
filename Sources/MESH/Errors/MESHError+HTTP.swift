import AsyncHTTPClient
import NIOCore
import NIOSSL

extension MESHError {
    /// Sorts an error of the HTTP client; one of ours stays what it is.
    init(_ error: any Error, _ operation: MESHOperation) {
        switch error {
        case let error as MESHError: self = error
        case is CancellationError: self = .cancelled
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .unreachable(operation, .tls)
        case let error as HTTPClientError:
            switch error {
            case .cancelled: self = .cancelled
            case .deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
                self = .unreachable(operation, .timeout)
            case .tlsHandshakeTimeout: self = .unreachable(operation, .timeout)
            default: self = .unreachable(operation, .connection)
            }
        default: self = .unreachable(operation, .connection)
        }
    }
}
