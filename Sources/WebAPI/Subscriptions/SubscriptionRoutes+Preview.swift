import Access
import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HTTPTypes
import Hummingbird
import Subscriptions
import Vaccination

extension SubscriptionRoutes where Store.AuditEntry == AuditRecord {
    /// `POST /Subscription/$preview`: what filters would have matched in the last days, without subscribing.
    ///
    /// Herald's own: parameters `filter-criteria` (0..*, as in the extension of that name), `days` (1 to 90, 30 without it)
    /// and `samples` (0 to 20, 5 without it).
    @Sendable func preview(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        _ = try context.subscriber(.search)
        let parameters = try await OperationParameters(request, context, release)
        try parameters.allow(["filter-criteria", "days", "samples"])
        let days = try Self.count(parameters, "days", 1...90) ?? 30
        let samples = try Self.count(parameters, "samples", 0...20) ?? 5
        let texts = parameters.all.filter { $0.name == "filter-criteria" }.enumerated().map { place, parameter in
            FilterCriteria.Text(parameter.value, at: "Parameters.parameter.where(name='filter-criteria')[\(place)]")
        }
        let types = try await store.reference().vaccineTypes
        let criteria = FilterCriteria(texts, topic: settings.topic, vaccineTypes: Set(types.all.map(\.code)))
        if !criteria.findings.isEmpty { throw HubError(criteria.findings) }
        var filter = criteria.filter
        try SubscriptionPolicy(context).restrict(&filter, to: .search)
        if let patient = filter.patients.first, filter.patients.count == 1 {
            context.audit.note { $0.patient = PatientNumber(patient.digits) }
        }
        let preview = try await store.preview(filter, days: days, samples: samples, patience: .seconds(10))
        context.audit.note { record in
            record.count = preview.matched
            record.resources = preview.samples.map {
                AuditedResource("Immunization", id: "\($0.recordID)", version: Int($0.version))
            }
        }
        return .fhir(preview.parameters(base: settings.referenceBase).bytes)
    }

    private static func count(
        _ parameters: OperationParameters,
        _ name: String,
        _ range: ClosedRange<Int>
    ) throws(HubError) -> Int? {
        guard let text = try parameters.one(name) else { return nil }
        guard let number = Int(text), range.contains(number), text.first != "+" else {
            throw .invalid("The parameter \(name) must be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

extension FilterPreview {
    /// The preview as a Parameters resource.
    fileprivate func parameters(base: String) -> JSONValue {
        func integer(_ name: String, _ value: Int) -> JSONValue {
            ["name": .string(name), "valueInteger": .number(String(value))]
        }
        var list = [
            integer("events-examined", examined), integer("events-matched", matched),
            ["name": "complete", "valueBoolean": .bool(isComplete)],
        ]
        list += days.map { day in
            let date = FHIRInstant(day.date).description.prefix(10)
            return [
                "name": "day",
                "part": [
                    ["name": "date", "valueDate": .string(String(date))], integer("events-examined", day.examined),
                    integer("events-matched", day.matched),
                ],
            ]
        }
        list += samples.map { sample in
            [
                "name": "sample",
                "part": [
                    [
                        "name": "focus",
                        "valueReference": [
                            "reference": .string("\(base)/Immunization/\(sample.recordID)"), "type": "Immunization",
                        ],
                    ],
                    ["name": "version", "valueId": .string(String(sample.version))],
                    ["name": "event", "valueCode": .string(sample.kind.name)],
                    ["name": "timestamp", "valueInstant": .string(FHIRInstant(sample.committedAt).description)],
                ],
            ]
        }
        return ["resourceType": "Parameters", "parameter": .array(list)]
    }
}
