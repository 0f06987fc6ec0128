extension MESHError: CustomStringConvertible {
    /// A sentence for logs and operators, without anything secret or personal.
    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .unreachable(let operation, let reason): "MESH, \(operation.rawValue): \(reason.rawValue)"
        case .unreadable(let operation, let what): "MESH, \(operation.rawValue): the answer cannot be read: \(what)"
        case .unusableContent(let what): "MESH: a message's content cannot be read: \(what)"
        case .unusableFile(let path): "\(path) is not a readable PEM file"
        case .unusableBody(let path): "\(path) cannot be read or written"
        case .cancelled: "MESH: the call was cancelled"
        }
    }
}

extension MESHRefusal: CustomStringConvertible {
    package var description: String {
        var text = "MESH, \(operation.rawValue): status \(status)"
        if let code { text += ", code \(code)" }
        if let words = self.text { text += " (\(words))" }
        return text
    }
}
