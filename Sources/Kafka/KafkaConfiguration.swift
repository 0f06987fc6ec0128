/// How to reach a Kafka cluster, and what to set differently from this driver's defaults.
///
/// `settings` are librdkafka's own names and values (its `CONFIGURATION.md`), which is where TLS and SASL go:
/// `["security.protocol": "SASL_SSL", "sasl.mechanisms": "SCRAM-SHA-512", "sasl.username": …, "sasl.password": …]`.
/// One configuration serves producers, consumers and administration; a setting of the other kind is ignored by
/// librdkafka, an unknown one makes the client's initialiser throw ``KafkaError/unknownSetting(_:)``.
///
/// Descriptions and reflections name the settings but never show a value, because some are passwords.
package struct KafkaConfiguration: Sendable {
    /// Comma-separated `host:port` pairs of some of the cluster's brokers.
    package var bootstrapServers: String

    /// librdkafka settings by name; they win over the defaults of the driver.
    package var settings: [String: String]

    /// What the brokers call this client in their logs, quotas and metrics.
    package var clientID = "rdkafka"

    /// Where access tokens come from, with `sasl.mechanisms` `OAUTHBEARER`: called on a thread of librdkafka's whenever one is
    /// needed; nil where there is none at the moment.
    package typealias BearerTokenSource = @Sendable () -> KafkaBearerToken?

    /// The source of access tokens; nil where librdkafka gets them itself or none are needed.
    package var bearerToken: BearerTokenSource?

    /// Describes a cluster.
    ///
    /// - Parameters:
    ///   - bootstrapServers: Comma-separated `host:port` pairs.
    ///   - settings: librdkafka settings by name.
    package init(bootstrapServers: String, settings: [String: String] = [:]) {
        self.bootstrapServers = bootstrapServers
        self.settings = settings
    }
}

extension KafkaConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Servers, client and the names of what is set; no values.
    package var description: String {
        let names = settings.keys.sorted().joined(separator: ", ")
        return "\(clientID) at \(bootstrapServers), settings: [\(names)]"
    }

    /// The same as ``description``.
    package var debugDescription: String { description }

    /// Shows ``description`` only, so that `dump` does not print a password.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
