extension JSONWriter {
    /// Writes a member whose value is a string.
    package mutating func member(_ name: StaticString, _ text: String) {
        member(name, text.utf8.span)
    }

    /// Writes a member whose value is an integer.
    package mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        self.name(name)
        raw { $0.append(contentsOf: String(value).utf8) }
    }

    /// Writes a member whose value is a boolean.
    package mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        raw(value ? "true" : "false" as StaticString)
    }

    /// Writes a member whose value is a JSON value.
    package mutating func member(_ name: StaticString, _ value: JSONValue) {
        self.name(name)
        self.value(value)
    }

    /// Writes the members of an object but for some, as members of the object that is open.
    package mutating func members(of value: JSONValue?, without names: Set<String>) {
        for member in value?.object?.members ?? [] where !names.contains(member.name) {
            name(escaping: member.name)
            self.value(member.value)
        }
    }

    /// Writes a JSON value, members in their order.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let value): raw(value ? "true" : "false" as StaticString)
        case .number(let text): raw { $0.append(contentsOf: text.utf8) }
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(escaping: member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}

extension JSONValue {
    /// The value as JSON bytes, without white space, members in their order.
    package var bytes: [UInt8] {
        JSONWriter.bytes { $0.value(self) }
    }
}
