package import Raft

/// What was found when a log was opened.
package struct LogReport: Sendable, Hashable {
    /// How many files the log had.
    package var segmentCount = 0
    /// How many bytes at the very end were no frame: an append that a crash has cut short, of which
    /// nobody was told.
    ///
    /// They have been overwritten.
    package var tornByteCount = 0
    /// Files in the directory that are not the log's; they were left alone.
    package var ignoredNames: [String] = []
    /// Set if something that was stored is lost.
    package var damage: LogDamage?

    /// Nothing odd.
    package init() {}
}

/// What of a log is lost.
package struct LogDamage: Sendable, Hashable {
    /// The places; none if they have been cleared away and only the groups are still to be rebuilt.
    package var places: [LogCorruption] = []
    /// The groups of which something may have stood there: they must not vote as the peers that
    /// they were.
    ///
    /// They are not among the restored ones, and stay damaged over restarts until they
    /// are reset as new peers, or removed.
    ///
    /// A group of which all records are lost is not named: like one whose disk was lost, it is not
    /// there.
    package var groups: [GroupID] = []
}

/// A place at which a log is not what was stored.
package struct LogCorruption: Sendable, Hashable {
    /// The file.
    package var name: String
    /// Where in it.
    package var offset: Int
    /// What is wrong there.
    package var reason: String
}
