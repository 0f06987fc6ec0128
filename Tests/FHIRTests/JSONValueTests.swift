import FHIR
import Testing

@Suite struct JSONValueTests {
    private let value: JSONValue = ["a": ["b": ["c": "x"]], "list": [1, 2], "yes": true, "none": .null]

    @Test func readsByPath() {
        #expect(value.at("a", "b", "c")?.string == "x")
        #expect(value.at("a", "nope", "c") == nil)
        #expect(value["list"]?[1]?.integer == 2)
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["yes"]?.bool == true)
        #expect(value["none"]?.isNull == true)
    }

    @Test func answersNothingForAnotherType() {
        #expect(value["yes"]?.string == nil)
        #expect(value["yes"]?["a"] == nil)
        #expect(value["a"]?[0] == nil)
        #expect(JSONValue.number("1.0").integer == nil)
        #expect(JSONValue.number("99999999999999999999").integer == nil)
    }

    @Test func replacesAMemberWhereItStands() {
        var object = JSONObject([.init(name: "a", value: 1), .init(name: "b", value: 2)])
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        object["d"] = nil
        #expect(object.members == [.init(name: "a", value: 3), .init(name: "c", value: 4)])
    }

    @Test func differsByPathAndNotByMemberOrder() throws {
        let expected = try JSONValue(parsing: #"{"a":1,"b":[{"c":"x"},0.50]}"#)
        #expect(try JSONValue(parsing: #"{"b":[{"c":"x"},0.50],"a":1}"#).differences(from: expected) == [])
        let other = try JSONValue(parsing: #"{"b":[{"c":"y"},0.5],"d":1}"#)
        #expect(
            other.differences(from: expected)
                == ["$.a: missing", "$.b[0].c: another value", "$.b[1]: another value", "$.d: unexpected"]
        )
        let longer = try JSONValue(parsing: #"{"a":1,"b":[]}"#)
        #expect(longer.differences(from: expected) == ["$.b: 0 elements instead of 2"])
    }
}
