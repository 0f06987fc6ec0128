import Foundation

/// A private authority with a server's and a client's certificate.
package enum TestCertificates {
    /// Writes `ca`, `server`, `client` and `stranger`, each as `.pem` and `.key`.
    package static func make(in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: MESHSandbox.root + "/deploy/mesh-sandbox/certificates")
        process.arguments = [folder, "localhost"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw MESHSandbox.Missing(reason: "openssl made no certificates; its words are in \(folder)/log")
        }
    }
}
