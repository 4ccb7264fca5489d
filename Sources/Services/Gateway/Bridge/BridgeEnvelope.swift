internal import Protocols

/// What of a request decides whether it is carried out at all: who asks for what, and of which
/// collection.
///
/// The rest is there, unread, in bytes that must outlive this: what a stranger sends is passed over
/// once, and nothing is made of it.
struct BridgeEnvelope {
    let id: BridgeRequestID
    let timeout: Duration?
    /// An API key or an access token; never logged.
    let key: String?
    let method: BridgeMethod
    /// The collection that the request names, if its method is about one.
    let collection: String?
    /// The fields that were not read.
    var rest: BridgeFields

    init(
        id: BridgeRequestID, timeout: Duration?, key: String?, method: BridgeMethod,
        collection: String?, rest: BridgeFields
    ) {
        self.id = id
        self.timeout = timeout
        self.key = key
        self.method = method
        self.collection = collection
        self.rest = rest
    }
}
