/// A value inside a token, with no more detail than the checks need.
enum ClaimValue: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    /// A number with a fraction, an exponent, or more digits than 64 bits hold; no claim Herald reads may be one.
    case otherNumber
    case flag(Bool)
    case null
    case list([ClaimValue])
    case members(ClaimSet)
}

/// A token's header or claims: member names are unique, and every access says which type it expects (A-11, A-20a).
struct ClaimSet: Hashable, Sendable {
    private(set) var values: [String: ClaimValue] = [:]

    /// `false` when the name is there already: which of two values counts differs between readers, so neither may
    ///
    mutating func insert(_ value: ClaimValue, for name: String) -> Bool {
        values.updateValue(value, forKey: name) == nil
    }

    func contains(_ name: String) -> Bool { values[name] != nil }

    /// The member as text; `nil` when absent, a fault when it is anything else.
    func text(_ name: String) throws(TokenFault) -> String? {
        switch values[name] {
        case .none: nil
        case .text(let text): text
        default: throw .claimType
        }
    }

    /// The member as a whole number, which is what RFC 7519 dates are here; `nil` when absent.
    func integer(_ name: String) throws(TokenFault) -> Int64? {
        switch values[name] {
        case .none: nil
        case .integer(let number): number
        default: throw .claimType
        }
    }

    /// The member if it is text, and nil for everything else: for values that are passed over when they are of no use.
    func textValue(_ name: String) -> String? {
        if case .text(let text) = values[name] { text } else { nil }
    }

    /// The member as a truth value; `nil` when absent.
    func flag(_ name: String) throws(TokenFault) -> Bool? {
        switch values[name] {
        case .none: nil
        case .flag(let flag): flag
        default: throw .claimType
        }
    }

    /// The member as an object; `nil` when absent.
    func members(_ name: String) throws(TokenFault) -> ClaimSet? {
        switch values[name] {
        case .none: nil
        case .members(let members): members
        default: throw .claimType
        }
    }

    /// The member as a list of objects; empty when absent.
    func objects(_ name: String) throws(TokenFault) -> [ClaimSet] {
        switch values[name] {
        case .none: return []
        case .list(let list):
            var objects: [ClaimSet] = []
            for value in list {
                guard case .members(let object) = value else { throw .claimType }
                objects.append(object)
            }
            return objects
        default: throw .claimType
        }
    }

    /// The member as one text or a list of texts (`aud`, RFC 7519 §4.1.3); empty when absent.
    func texts(_ name: String) throws(TokenFault) -> [String] {
        switch values[name] {
        case .none: return []
        case .text(let text): return [text]
        case .list(let list):
            var texts: [String] = []
            for value in list {
                guard case .text(let text) = value else { throw .claimType }
                texts.append(text)
            }
            return texts
        default: throw .claimType
        }
    }
}

extension ClaimSet: CustomStringConvertible, CustomReflectable {
    /// The names only: claims identify people.
    var description: String { "\(values.keys.sorted())" }

    /// No children, so that a dump shows nothing either.
    var customMirror: Mirror { Mirror(self, children: []) }
}
