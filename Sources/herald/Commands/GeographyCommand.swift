import ArgumentParser
import Foundation
import Store
import Subscriptions
import Vaccination

/// `herald geography`: where postcodes lie, for the geography rules of NEMS.
struct GeographyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "geography",
        abstract: "Load where postcodes lie: for filters by area of administration.",
        subcommands: [Load.self]
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load places of postcodes from a CSV file; later entries replace earlier ones.",
            discussion: """
                The file begins with a line of column names: postcode, and then those that it has of sub_location (ICB \
                sub-location, the former CCG), authority (local authority, such as 716) and country (E92000001 England, \
                W92000004 Wales, S92000003 Scotland, N92000002 Northern Ireland, L93000001 Channel Islands, M83000003 Isle \
                of Man). A postcode may be whole (LS1 4AP) or the part that many have in common: a sector (LS1 4), district \
                (LS1) or area (LS); for each of the three the smallest that says something counts. The file may hold \
                millions of lines. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The CSV file.") var file: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            var check = try PlaceFile(file)
            var loaded = 0
            while try check.next() != nil { loaded += 1 }
            let command = OperatorCommand("herald geography load", by: by)
            try await database.withStore(for: command) { store in
                var source = try PlaceFile(file)
                while true {
                    let batch = try source.batch(5000)
                    if batch.isEmpty { break }
                    try await store.load(places: batch)
                }
            }
            if json { return try Console.json(["loaded": loaded]) }
            Console.line("Loaded \(Console.count(loaded, "place")).")
        }
    }
}

/// The file `herald geography load` reads.
struct PlaceFile {
    private var table: TableFile

    /// - Throws: ``CommandFailure`` for a file without the right header.
    init(_ path: String) throws {
        table = try TableFile(path, required: "postcode", optional: ["sub_location", "authority", "country"])
    }

    /// The next entry; nil at the end.
    ///
    /// - Throws: ``CommandFailure`` with the line at fault.
    mutating func next() throws -> PostcodePlace? {
        guard let row = try table.next() else { return nil }
        guard let prefix = row.fields["postcode"].flatMap({ Postcode.prefix($0) }) else {
            throw table.failure(row.line, "the first field is not a postcode, sector, district or area")
        }
        func code(_ column: String) throws -> String? {
            guard let text = row.fields[column], !text.isEmpty else { return nil }
            guard let code = ODSCode(text) else { throw table.failure(row.line, "\(column) is not a code") }
            return code.text
        }
        let country = try code("country")
        if let country, !GeographyRule.countries.contains(country) {
            throw table.failure(row.line, "country is none of those that herald geography load --help lists")
        }
        return PostcodePlace(
            prefix: prefix,
            subLocation: try code("sub_location"),
            authority: try code("authority"),
            country: country
        )
    }

    /// The next entries, at most `count`; empty at the end.
    mutating func batch(_ count: Int) throws -> [PostcodePlace] {
        var batch: [PostcodePlace] = []
        while batch.count < count, let place = try next() { batch.append(place) }
        return batch
    }
}
