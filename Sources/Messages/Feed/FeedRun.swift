import FHIR
package import Foundation
package import Vaccination

/// One run of the national feed: a closed range of events and what its files are called (nis-feed.md §2, §4).
///
/// The run is decided and stored before anything is written (N-20); writing it again gives the same bytes.
package struct FeedRun: Hashable, Sendable {
    /// What a run holds.
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// The events after the previous run's last.
        case delta
        /// Every live record at one point of the stream.
        case full

        var letter: String { self == .delta ? "D" : "F" }
    }

    /// The consumer's name in the manifest.
    package let feed: String
    /// The hub's own organisation.
    package let odsCode: ODSCode
    /// Delta or full extract.
    package let kind: Kind
    /// Run number of this consumer, from 1, without gaps.
    package let sequence: Int64
    /// Number of the run before.
    package let previousSequence: Int64
    /// Time in the file names, whole seconds.
    package let started: Date
    /// Time in the manifest, whole seconds; part of the run, so that a repeated run has the same manifest.
    package let generated: Date
    /// First event of the range; greater than ``toEvent`` when there was none, 0 in a full run.
    package let fromEvent: Int64
    /// Last event of the range.
    package let toEvent: Int64

    /// A run with its times cut to whole seconds, which is all its files can say.
    package init(
        feed: String = "NIS",
        odsCode: ODSCode,
        kind: Kind,
        sequence: Int64,
        previousSequence: Int64,
        started: Date,
        generated: Date,
        fromEvent: Int64,
        toEvent: Int64
    ) {
        self.feed = feed
        self.odsCode = odsCode
        self.kind = kind
        self.sequence = sequence
        self.previousSequence = previousSequence
        self.started = Date(timeIntervalSince1970: started.timeIntervalSince1970.rounded(.down))
        self.generated = Date(timeIntervalSince1970: generated.timeIntervalSince1970.rounded(.down))
        self.fromEvent = fromEvent
        self.toEvent = toEvent
    }
}

extension FeedRun {
    /// Name of a data file; `part` counts from 1.
    package func fileName(vaccineType: String, part: Int) -> String {
        "\(vaccineType)_\(stem)-\(Self.padded(Int64(part), to: 3)).csv"
    }

    /// Name of the manifest, always the last file of a run.
    package var manifestName: String { "MANIFEST_\(stem).json" }

    /// The MESH message's own id of a data file (nis-feed.md §5).
    package func localID(vaccineType: String, part: Int) -> String {
        "\(localIDStem)-\(vaccineType)-\(Self.padded(Int64(part), to: 3))"
    }

    /// The MESH message's own id of the manifest.
    package var manifestLocalID: String { "\(localIDStem)-MANIFEST" }

    private var localIDStem: String { "\(odsCode.text)_\(kind.letter)\(Self.padded(sequence, to: 8))" }

    private var stem: String {
        // YYYYMMDDThhmmss from the instant's ISO text, then `00`: UTC (csv-feed.md §1).
        let time = FHIRInstant(started).description.prefix(19).filter { $0 != "-" && $0 != ":" }
        return "Vaccinations_v5_\(odsCode.text)_\(time)00_\(kind.letter)\(Self.padded(sequence, to: 8))"
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
