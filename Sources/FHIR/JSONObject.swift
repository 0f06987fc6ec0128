/// The members of a JSON object, in order, no name twice.
package struct JSONObject: Hashable, Sendable {
    /// One name and its value.
    package struct Member: Hashable, Sendable {
        /// The member's name.
        package let name: String
        /// The member's value.
        package var value: JSONValue

        /// A member.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members in the order they were read or set.
    package private(set) var members: [Member]

    /// An object with these members; names must differ, which the parser has seen to.
    package init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the member with this name.
    ///
    /// Setting a value replaces it where the member stands, or adds the member at the end; setting nil removes it.
    /// The search is linear: FHIR objects have few members.
    package subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            switch (members.firstIndex { $0.name == name }, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}
