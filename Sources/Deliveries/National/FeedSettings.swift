package import Messages
package import Vaccination

/// How a feed is written.
package struct FeedSettings: Sendable, Hashable {
    /// Herald's own ODS code, part of every file name.
    package var odsCode: ODSCode
    /// From one run to the next (`feed.interval`).
    package var interval: Duration = .seconds(3600)
    /// Whether an hour without events still gets its manifest (TN-04).
    package var writesEmptyRuns = true
    /// Where runs lie that are sent by MESH; a feed into a folder lies there.
    package var spool = "feed"
    /// When a new part of a file begins.
    package var partLimits = FeedPartLimits()
    /// How long files of runs are kept (`nis-feed.md` §8).
    package var retention: Duration = .seconds(30 * 86_400)

    package init(odsCode: ODSCode) { self.odsCode = odsCode }
}

/// Why a feed is not sent until an operator has decided.
package enum FeedStop: String, Sendable, Hashable, CaseIterable {
    /// The consumer refused a file (InfAck Failure).
    case refused
    /// The consumer did not collect a file in time (MESH report 14).
    case uncollected
    /// The database is older than what was sent: it was restored from a backup (N-34).
    case restored
    /// MESH refuses a message for good, or a run cannot be made again as it was.
    case defect
    /// An operator stopped it.
    case `operator`
}
