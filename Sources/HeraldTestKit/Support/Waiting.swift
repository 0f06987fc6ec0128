package import Testing

/// Waits for something that another task or session does, and records an issue when it does not come about.
package func eventually(
    within limit: Duration = .seconds(30),
    _ what: @autoclosure () -> String = "the condition",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("\(what()) did not come about within \(limit)", sourceLocation: sourceLocation)
            throw NotInTime()
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Something waited for did not come about; an issue says what.
package struct NotInTime: Error {
    package init() {}
}
