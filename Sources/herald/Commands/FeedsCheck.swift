import Access
import Feeds
import Store
import Vaccination

/// What `herald doctor` says about feeds: who may send them, and what waits for an operator.
struct FeedsCheck: Sendable {
    let store: PostgresStore

    /// Nothing where the schema is missing, which is said elsewhere.
    func findings() async -> [DoctorCommand.Finding] {
        guard let reference = try? await store.reference(), let clients = try? await store.clients(),
            let queues = try? await store.queues()
        else { return [] }
        return [suppliers(reference), self.clients(clients.count { $0.isEnabled && !$0.suppliers.isEmpty })]
            + queues.compactMap(queue)
    }

    private func suppliers(_ reference: ReferenceData) -> DoctorCommand.Finding {
        let able = reference.suppliers.all.filter { supplier in
            !supplier.odsCodes.isEmpty && supplier.permissions.values.contains { !$0.isDisjoint(with: .rows) }
        }
        let isFine = !able.isEmpty && !reference.vaccineTypes.all.isEmpty
        return DoctorCommand.Finding(
            check: "suppliers",
            isFine: isFine,
            detail: isFine
                ? "\(able.count) of \(reference.suppliers.all.count) may send feeds"
                : "none may send feeds: load suppliers with ODS codes and permissions (herald reference load)"
        )
    }

    private func clients(_ count: Int) -> DoctorCommand.Finding {
        DoctorCommand.Finding(
            check: "clients",
            isFine: true,
            detail: count == 0
                ? "none may send feeds; operators can (herald clients create ID --supplier NAME)"
                : "\(count) may send feeds"
        )
    }

    /// Only queues that wait for somebody.
    private func queue(_ queue: FeedQueue) -> DoctorCommand.Finding? {
        if let pause = queue.pause {
            return DoctorCommand.Finding(
                check: "queue \(queue.name)",
                isFine: false,
                detail: "paused by \(pause.by), \(queue.waiting) files wait: herald feeds queues resume "
                    + "\(queue.name.supplier) \(queue.name.vaccineType)"
            )
        }
        guard let status = queue.currentStatus, status == .halted || status == .paused, let id = queue.current else {
            return nil
        }
        return DoctorCommand.Finding(
            check: "queue \(queue.name)",
            isFine: false,
            detail: "\(id) is \(status.rawValue), \(queue.waiting) files wait: herald feeds show \(id)"
        )
    }
}
