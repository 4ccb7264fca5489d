/// How long the ticks of the groups are.
package enum ReplicationTiming {
    /// After how long without its leader a group elects another, unless told otherwise: long enough
    /// for a busy machine, short enough that nobody waits for a second.
    ///
    /// Each peer draws its own from this to twice this.
    package static let electionTimeout = Duration.milliseconds(300)

    /// The tick for an election timeout: a tenth, as ``Settings`` counts.
    package static func tickInterval(for electionTimeout: Duration) -> Duration {
        electionTimeout / 10
    }
}
