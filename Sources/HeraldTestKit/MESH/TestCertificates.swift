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

extension TestCertificates {
    /// Adds a certificate of another client of the same authority.
    package static func add(_ name: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.arguments = [
            "-ec",
            """
            openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>>log
            openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" -days 825 2>>log
            """,
            "sh", name,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw MESHSandbox.Missing(reason: "openssl made no certificate; its words are in \(folder)/log")
        }
    }
}
