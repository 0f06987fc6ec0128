import Access
import Feeds
import Vaccination

extension HubContext {
    /// Whom a change is recorded for: the supplier the client acts for.
    ///
    /// Of several the one whose ODS code performed the vaccination, else the first by name. A client that acts for none,
    /// with permissions of its own, stands for itself.
    ///
    /// - Throws: A 401 where nobody has checked who asks.
    func author(of plan: RecordPlan, among suppliers: Suppliers) throws(HubError) -> RecordAuthor {
        let id = try requireCaller().clientID.rawValue
        let own = client?.suppliers ?? []
        let performer = plan.content.flatMap { ODSCode($0.flat.string(.siteCode)) }
        let performing = performer.flatMap { suppliers.supplier(of: $0)?.name }
        let name = performing.flatMap { own.contains($0) ? $0 : nil } ?? own.min()
        return RecordAuthor(supplier: name ?? id, client: id)
    }
}
