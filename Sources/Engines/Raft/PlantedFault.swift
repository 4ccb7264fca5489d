/// A single mistake that can be built into the system, to prove that the simulation finds it.
///
/// Only builds with the compilation condition `MUTANTS` can switch one on; in all others
/// ``isActive`` is `false` at compile time.
public enum PlantedFault: String, Sendable, Hashable, CaseIterable {
    case commitOfOldTerm
    case answerBeforePersist
    case voteForgottenAtRestart
    case truncationByStaleAppend
    case readWithoutOwnCommit
    case readAcknowledgedByOldRound
    case leaseIgnoresPause
    case changeWithoutOwnCommit
    case jointWithOneMajority
    case learnerCounts
    case configurationKeptOnTruncation
    case logResetBeforeSnapshot
    case snapshotWithoutLogReset
    case appliedIndexApart
    case sessionsNotInSnapshot
    case retryExecutedAgain
    case peerReusedAfterWipe
    case preVoteRaisesTerm
    case heartbeatCommitsBeyondMatch
    case deleteLostInSnapshot

    #if MUTANTS
        /// The one that is switched on; set before anything runs, by one thread.
        nonisolated(unsafe) public static var active: PlantedFault?

        /// Whether this mistake is to be made.
        public var isActive: Bool { Self.active == self }
    #else
        /// Whether this mistake is to be made: never in this build.
        @inlinable @inline(__always) public var isActive: Bool { false }
    #endif
}
