import Logging
package import ServiceLifecycle

/// Runs services beside `body` and shuts them down gracefully afterwards, also when it fails.
///
/// - Throws: What `body` throws, or what a service ended with.
@discardableResult
package func running<Value: Sendable>(
    _ services: [any Service],
    _ body: () async throws -> Value
) async throws -> Value {
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: services, logger: .silent)
    )
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await group.triggerGracefulShutdown()
        let ending = await tasks.nextResult()
        let value = try outcome.get()
        try ending?.get()
        return value
    }
}

/// Runs a service beside `body` and cancels it afterwards: the nearest thing to a killed process.
package func runningUntilCancelled<Value: Sendable>(
    _ service: any Service,
    _ body: () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await service.run() }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        tasks.cancelAll()
        // What a cancelled service throws says nothing.
        _ = await tasks.nextResult()
        return try outcome.get()
    }
}
