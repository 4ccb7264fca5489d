/// What `op` may be, and what it is behind the door.
package enum BridgeMethod: String, Sendable, CaseIterable {
    case ping
    case createCollection = "collection.create"
    case listCollections = "collection.list"
    case describeCollection = "collection.describe"
    case deleteCollection = "collection.delete"
    case openSession = "session.open"
    case upsert
    case get
    case delete
    case search
    case searchBatch = "search.batch"
    case scroll
    case count
    case measureRecall = "recall.measure"
    case status

    /// What the door decides about; nil for a ping, which tells nobody anything of the database.
    package var operation: GatewayOperation? {
        switch self {
        case .ping: nil
        case .createCollection: .createCollection
        case .listCollections: .listCollections
        case .describeCollection: .describeCollection
        case .deleteCollection: .deleteCollection
        case .openSession: .openSession
        case .upsert: .upsert
        case .get: .get
        case .delete: .deletePoints
        case .search: .search
        case .searchBatch: .searchBatch
        case .scroll: .scroll
        case .count: .count
        case .measureRecall: .measureRecall
        case .status: .status
        }
    }

    /// Whether a request has the field `collection`.
    package var namesCollection: Bool {
        switch self {
        case .ping, .listCollections, .status: false
        default: true
        }
    }
}
