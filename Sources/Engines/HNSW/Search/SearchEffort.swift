/// How hard a search looks.
public enum SearchEffort: Equatable, Hashable, Sendable {
    /// This many candidates: more find more and take longer. Raised to the limit of the search.
    case ef(Int)
    /// As many candidates as find this share of the true neighbours, 0...1, by the calibration of
    /// the index; see ``HNSWIndex/calibration``.
    case recall(Double)
}
