package import Postgres

/// The numbered files of `schemas/migrations`, built into the program.
package enum SchemaMigrations {
    /// All of them, in the order they are applied.
    package static let all = [
        Migration(name: "m0001_records", sql: text(PackageResources.m0001_records_sql)),
        Migration(name: "m0002_feeds", sql: text(PackageResources.m0002_feeds_sql)),
        Migration(name: "m0003_routing", sql: text(PackageResources.m0003_routing_sql)),
        Migration(name: "m0004_reference", sql: text(PackageResources.m0004_reference_sql)),
        Migration(name: "m0005_life_cycle", sql: text(PackageResources.m0005_life_cycle_sql)),
        Migration(name: "m0006_mailbox", sql: text(PackageResources.m0006_mailbox_sql)),
        Migration(name: "m0007_reports", sql: text(PackageResources.m0007_reports_sql)),
        Migration(name: "m0008_matching", sql: text(PackageResources.m0008_matching_sql)),
        Migration(name: "m0009_event_log", sql: text(PackageResources.m0009_event_log_sql)),
        Migration(name: "m0010_access", sql: text(PackageResources.m0010_access_sql)),
        Migration(name: "m0011_tokens", sql: text(PackageResources.m0011_tokens_sql)),
        Migration(name: "m0012_search", sql: text(PackageResources.m0012_search_sql)),
        Migration(name: "m0013_records", sql: text(PackageResources.m0013_records_sql)),
        Migration(name: "m0015_named_patients", sql: text(PackageResources.m0015_named_patients_sql)),
        Migration(name: "m0016_mended_log", sql: text(PackageResources.m0016_mended_log_sql)),
        Migration(name: "m0017_subscription_resource", sql: text(PackageResources.m0017_subscription_resource_sql)),
        Migration(name: "m0018_lanes", sql: text(PackageResources.m0018_lanes_sql)),
        Migration(name: "m0019_notices", sql: text(PackageResources.m0019_notices_sql)),
        Migration(name: "m0020_endpoint_security", sql: text(PackageResources.m0020_endpoint_security_sql)),
        Migration(name: "m0022_sealed_headers", sql: text(PackageResources.m0022_sealed_headers_sql)),
        Migration(name: "m0023_letters", sql: text(PackageResources.m0023_letters_sql)),
        Migration(name: "m0024_waiting_patients", sql: text(PackageResources.m0024_waiting_patients_sql)),
        Migration(name: "m0026_feed_runs", sql: text(PackageResources.m0026_feed_runs_sql)),
        Migration(name: "m0025_national_events", sql: text(PackageResources.m0025_national_events_sql)),
        Migration(name: "m0027_subscribers", sql: text(PackageResources.m0027_subscribers_sql)),
        Migration(name: "m0029_practice_answers", sql: text(PackageResources.m0029_practice_answers_sql)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
