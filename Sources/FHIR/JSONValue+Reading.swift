extension JSONValue {
    /// The member of this name, if this is an object that has it.
    package subscript(name: String) -> JSONValue? {
        object?[name]
    }

    /// The element at this index, if this is an array that long.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at the end of a path of member names, for example `at("location", "identifier", "value")`.
    package func at(_ path: String...) -> JSONValue? {
        path.reduce(Optional(self)) { $0?[$1] }
    }

    /// The text, if this is a string.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The digits as sent, if this is a number.
    package var number: String? {
        guard case .number(let text) = self else { return nil }
        return text
    }

    /// The number, if this is one written as an integer that fits.
    package var integer: Int? {
        number.flatMap { Int($0) }
    }

    /// The truth value, if this is a boolean.
    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements, if this is an array.
    package var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, if this is an object.
    package var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        self == .null
    }
}
