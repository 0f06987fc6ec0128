/// A JSON value as FHIR needs it: numbers keep the digits they were sent with (immunisation-history.md Q-16), and
/// objects keep the order of their members.
///
/// Equality is of what was read, member order included; ``differences(from:)`` compares without the order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as its text, for example `0.30`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A boolean.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer number.
    package init(integerLiteral value: Int) { self = .number(String(value)) }
    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with its members in the order given.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(JSONObject(members.map { JSONObject.Member(name: $0.0, value: $0.1) }))
    }
}
