/// Metrics in Prometheus's text form, built up line by line.
package struct MetricsText: Sendable {
    /// The lines so far.
    package private(set) var text = ""

    /// Nothing yet.
    package init() {}

    /// Writes a gauge that is known only now.
    ///
    /// - Parameters:
    ///   - label: Its dotted label.
    ///   - help: One sentence for those who read it.
    ///   - values: Its values by labels.
    package mutating func gauge(_ label: String, _ help: String, _ values: [([(String, String)], Double)]) {
        write(label, .gauge, help, values)
    }

    /// Writes a counter that somebody else keeps; see ``gauge(_:_:_:)``.
    package mutating func counter(_ label: String, _ help: String, _ values: [([(String, String)], Double)]) {
        write(label, .counter, help, values)
    }

    private mutating func write(
        _ label: String,
        _ kind: MetricKind,
        _ help: String,
        _ values: [([(String, String)], Double)]
    ) {
        guard !values.isEmpty else { return }
        let name = kind.name(of: label)
        begin(name, type: kind.type, help: help)
        for (labels, value) in values { sample(name, MetricLabels(labels), value) }
    }

    mutating func begin(_ name: String, type: String, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escapedHelp(help))\n" }
        text += "# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Double) {
        text += labels.text.isEmpty ? name : "\(name){\(labels.text)}"
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction, the rest in Swift's shortest form, which Go's parser takes as well.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        return String(value)
    }

    /// A label as a name Prometheus takes: `[a-zA-Z_][a-zA-Z0-9_]*`.
    static func name(_ label: String) -> String {
        var name = ""
        for character in label.unicodeScalars {
            let isPlain = character.isASCII && character.properties.isAlphabetic
            let isDigit = ("0"..."9").contains(character) && !name.isEmpty
            name.unicodeScalars.append(isPlain || isDigit ? character : "_")
        }
        return name
    }

    static func escaped(_ value: String) -> String {
        escapedHelp(value).replacing("\"", with: "\\\"")
    }

    private static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }
}

extension MetricLabels {
    /// The labels and one more behind them.
    func adding(_ name: String, _ value: String) -> MetricLabels {
        MetricLabels(text: (text.isEmpty ? "" : text + ",") + "\(name)=\"\(value)\"")
    }

    private init(text: String) { self.text = text }
}
