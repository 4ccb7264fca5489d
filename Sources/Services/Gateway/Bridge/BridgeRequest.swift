package import Protocols

/// One request of a bridge client, as `Protocols/bridge.md` specifies it.
package struct BridgeRequest: Sendable, Equatable {
    /// What the reply carries, so that the client knows what it answers.
    package var id: BridgeRequestID
    /// How long the client waits; nil if it did not say.
    package var timeout: Duration?
    /// The API key or access token that the client has sent with the request; never logged.
    package var key: String?
    /// What is wanted.
    package var operation: BridgeOperation

    /// The version of the protocol that this program speaks.
    package static let protocolVersion: UInt64 = 1
    /// The largest request, in bytes: a batch of 1,000 vectors with 8,192 dimensions.
    package static let maxByteCount = 32 << 20
    /// The most fields of a request; the operation with the most has ten.
    package static let maxFieldCount = 32
    /// The longest time that a client may ask for.
    package static let maxTimeout = Duration.seconds(600)
    /// The longest API key, in bytes.
    package static let maxKeyByteCount = 512
    /// How long a request may take if its client did not say.
    package static let defaultTimeout = Duration.seconds(30)

    /// Makes a request.
    package init(
        id: BridgeRequestID, timeout: Duration? = nil, key: String? = nil,
        operation: BridgeOperation
    ) {
        self.id = id
        self.timeout = timeout
        self.key = key
        self.operation = operation
    }
}

/// The name of a request among those that its client has under way.
package enum BridgeRequestID: Sendable, Hashable {
    case number(UInt64)
    case text(String)

    /// The longest text, in bytes: a UUID with some words.
    package static let maxTextByteCount = 128
}

/// What a client can ask for: requests of a ``GuardedGateway``, and a ping.
package enum BridgeOperation: Sendable, Equatable {
    case ping
    case createCollection(CollectionConfiguration)
    case listCollections
    case describeCollection(String)
    case deleteCollection(String)
    case openSession(String)
    case upsert(UpsertRequest)
    case get(GetRequest)
    case delete(DeleteRequest)
    case search(SearchRequest)
    case searchBatch(SearchBatchRequest)
    case scroll(ScrollRequest)
    case count(CountRequest)
    case measureRecall(RecallRequest)
    case status
}

/// Why a request is not carried out, and which request, if that could be read.
package struct BridgeRejection: Error, Sendable, Equatable {
    /// The request's id; nil if the bytes do not tell.
    package var id: BridgeRequestID?
    /// What is wrong.
    package var error: ServiceError

    /// Makes a rejection.
    package init(id: BridgeRequestID?, error: ServiceError) {
        self.id = id
        self.error = error
    }
}
