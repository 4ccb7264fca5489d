/// The cluster as a gateway sees it.
public struct ClusterStatus: Sendable, Codable, Hashable {
    /// The version of the software.
    public var version: String
    /// The map that the gateway routes by.
    public var map: ClusterMap
    /// Each placement driver, and what it said of itself or why it could not be asked.
    public var placement: [PlacementAnswer]
    /// Each worker of the map, and what it said of itself or why it could not be asked.
    public var workers: [WorkerAnswer]

    /// One placement driver's answer.
    public struct PlacementAnswer: Sendable, Codable, Hashable {
        /// The placement driver's node name.
        public var node: String
        /// What it said, if it answered.
        public var status: PlacementStatus?
        /// Why it did not answer.
        public var error: String?

        /// Makes an answer.
        public init(node: String, status: PlacementStatus?, error: String?) {
            self.node = node
            self.status = status
            self.error = error
        }
    }

    /// One worker's answer.
    public struct WorkerAnswer: Sendable, Codable, Hashable {
        /// The worker's node name.
        public var node: String
        /// What it holds, if it answered.
        public var status: WorkerStatus?
        /// Why it did not answer.
        public var error: String?

        /// Makes an answer.
        public init(node: String, status: WorkerStatus?, error: String?) {
            self.node = node
            self.status = status
            self.error = error
        }
    }

    /// Makes a status.
    public init(
        version: String, map: ClusterMap, placement: [PlacementAnswer] = [],
        workers: [WorkerAnswer]
    ) {
        self.version = version
        self.map = map
        self.placement = placement
        self.workers = workers
    }
}
