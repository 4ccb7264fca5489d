/// How an index is built.
///
/// Memory per point, besides its vector: 8 · `maxLinks` bytes for layer 0, about 0.3 · `maxLinks`
/// bytes for the layers above, and up to 28 bytes of bookkeeping: some 160 bytes at the default. Codes
/// take 5/8 of a byte a component and 16 bytes, in steps of 64 bytes: 256 bytes for 384 components.
public struct HNSWParameters: Equatable, Hashable, Sendable {
    /// Links per node and layer (the paper's M); layer 0 holds twice as many.
    public var maxLinks: Int
    /// How many candidates an insert considers (the paper's efConstruction).
    public var efConstruction: Int
    /// What becomes of candidates that the heuristic discards.
    public var prunedCandidates: PrunedCandidates
    /// The seed of the level generator.
    public var seed: UInt64
    /// What becomes of the slots of removed rows.
    public var removedRows: RemovedRows
    /// How many tombstones there may be for a hundred live rows before the writer begins to replace
    /// them in other nodes' lists and to free their slots.
    public var tombstonePercent: Int
    /// What walks compare with a query.
    public var traversal: Traversal

    /// The bounds of `maxLinks`: below 2 there are no layers, above 128 a list is a scan.
    public static let maxLinksBounds = 2...128
    /// The bounds of `efConstruction`.
    public static let efConstructionBounds = 1...4096

    /// The bounds of `tombstonePercent`.
    public static let tombstonePercentBounds = 1...100

    /// What becomes of the slots of removed rows.
    public enum RemovedRows: UInt8, Sendable, Hashable {
        /// A removed row is a tombstone for ever: a row number never means another vector.
        case kept = 0
        /// Slots are used again by later inserts, the lowest first: the index does not grow while
        /// as many rows come as go.
        case reused = 1
    }

    /// What walks compare with a query, when a search is under way and when a row is inserted.
    public enum Traversal: UInt8, Sendable, Hashable {
        /// The vectors themselves.
        case vectors = 0
        /// Codes of one and of four bits a component, kept beside the vectors, which then only
        /// confirm the nearest: several times faster, for five eighths of a byte a component.
        ///
        /// Indexes whose metric or dimension does not allow codes walk over vectors all the same.
        case codes = 1
    }

    /// Algorithm 4's `keepPrunedConnections`.
    public enum PrunedCandidates: UInt8, Sendable, Hashable {
        /// Lists stay as short as the heuristic makes them: fewer distances per step of a search.
        case discarded = 0
        /// The nearest discarded candidates fill the list up.
        case kept = 1
    }

    /// The paper's recommended middle, unless told otherwise.
    public init(
        maxLinks: Int = 16, efConstruction: Int = 200,
        prunedCandidates: PrunedCandidates = .discarded, seed: UInt64 = 0x5eed,
        removedRows: RemovedRows = .reused, tombstonePercent: Int = 20,
        traversal: Traversal = .codes
    ) {
        self.maxLinks = maxLinks
        self.efConstruction = efConstruction
        self.prunedCandidates = prunedCandidates
        self.seed = seed
        self.removedRows = removedRows
        self.tombstonePercent = tombstonePercent
        self.traversal = traversal
    }

    func validate() throws(HNSWError) {
        guard Self.maxLinksBounds.contains(maxLinks) else {
            throw .parameterOutOfRange(
                name: "maxLinks", value: maxLinks, allowed: Self.maxLinksBounds)
        }
        guard Self.efConstructionBounds.contains(efConstruction) else {
            throw .parameterOutOfRange(
                name: "efConstruction", value: efConstruction,
                allowed: Self.efConstructionBounds)
        }
        guard Self.tombstonePercentBounds.contains(tombstonePercent) else {
            throw .parameterOutOfRange(
                name: "tombstonePercent", value: tombstonePercent,
                allowed: Self.tombstonePercentBounds)
        }
    }
}
