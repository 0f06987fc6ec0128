/// What a row of the feed asks for, or what happened to a record when one is written out: the ACTION_FLAG column.
package enum ActionFlag: String, CaseIterable, Sendable {
    case new = "NEW"
    case update = "UPDATE"
    case delete = "DELETE"
}
