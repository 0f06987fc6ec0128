package import FHIR

extension JSONValue {
    /// The resource without labels of confidentiality: they tell how an answer was redacted (immunisation-history.md Q-93),
    /// so one that comes back with an update is none of the record's own.
    package var withoutConfidentiality: JSONValue {
        guard var resource = object, var meta = resource["meta"]?.object, let labels = meta["security"]?.array else {
            return self
        }
        let kept = labels.filter { $0["system"]?.string != Confidentiality.system }
        meta["security"] = kept.isEmpty ? nil : .array(kept)
        resource["meta"] = meta.members.isEmpty ? nil : .object(meta)
        return .object(resource)
    }
}
