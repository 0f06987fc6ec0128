import Configuration
import Foundation
import Yams

/// Brings flags, environment and file together: flags win over the environment, the environment over the file.
enum SettingsReader {
    /// Variables that other tools of the project read, not `herald`.
    private static let foreign = [
        "HERALD_REQUIRE_SERVICES", "HERALD_MESH_SANDBOX", "HERALD_TEST_", "HERALD_FUZZ_", "HERALD_URL", "HERALD_TOKEN",
    ]

    /// - Parameters:
    ///   - flags: What the command line says.
    ///   - environment: The process's environment.
    ///   - file: Path of a YAML file, if one is given.
    /// - Returns: A reader over all three.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read and for names that are no settings.
    static func reader(
        flags: [Setting: String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        file: String?
    ) throws -> ConfigReader {
        let known = Set(Setting.allCases.map(\.variable))
        let unknown = environment.keys.filter { name in
            name.hasPrefix("HERALD_") && !known.contains(name) && !foreign.contains { name.hasPrefix($0) }
        }
        guard unknown.isEmpty else { throw ConfigurationError.unknown(unknown.sorted(), place: "the environment") }
        let fileValues = try file.map(values) ?? [:]
        return ConfigReader(providers: [
            provider("flags", flags),
            EnvironmentVariablesProvider(environmentVariables: environment.filter { known.contains($0.key) })
                .prefixKeys(with: "herald"),
            provider("file", fileValues),
        ])
    }

    private static func values(ofFile path: String) throws -> [Setting: String] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError.unreadable(path: path)
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError.notMapping(path: path)
        }
        guard let root, root.null == nil else { return [:] }
        guard let mapping = root.mapping else { throw ConfigurationError.notMapping(path: path) }
        var values: [Setting: String] = [:]
        for (key, value) in mapping {
            guard let setting = key.string.flatMap({ Setting(rawValue: $0) }) else {
                throw ConfigurationError.unknown([key.string ?? "?"], place: path)
            }
            guard let scalar = value.scalar?.string else {
                throw ConfigurationError.invalid(setting, "must be one value")
            }
            values[setting] = scalar
        }
        return values
    }

    private static func provider(_ name: String, _ values: [Setting: String]) -> InMemoryProvider {
        InMemoryProvider(
            name: name,
            values: Dictionary(
                uniqueKeysWithValues: values.map { setting, value in
                    (AbsoluteConfigKey([setting.rawValue], context: [:]), ConfigValue(.string(value), isSecret: false))
                }
            )
        )
    }
}

/// A configuration that cannot be used, and what to mend.
enum ConfigurationError: Error, CustomStringConvertible {
    case unknown([String], place: String)
    case unreadable(path: String)
    case notMapping(path: String)
    case missing(Setting, String)
    case invalid(Setting, String)

    var description: String {
        switch self {
        case .unknown(let names, let place):
            "unknown setting \(names.joined(separator: ", ")) in \(place); herald serve --help lists all"
        case .unreadable(let path): "the configuration file \(path) cannot be read"
        case .notMapping(let path):
            "the configuration file \(path) must be YAML with one setting a line, e.g. logLevel: debug"
        case .missing(let setting, let advice): "\(setting.variable) is not set: \(advice)"
        case .invalid(let setting, let reason): "\(setting.variable) \(reason)"
        }
    }
}
