package import Protocols

/// One reply to a bridge client, as `Protocols/bridge.md` specifies it.
package enum BridgeReply: Sendable {
    /// The request was carried out.
    case success(BridgeRequestID, BridgeResult)
    /// It was not, or nobody knows. The id is nil if the request's could not be read.
    case failure(BridgeRequestID?, ServiceError)

    /// The largest reply, in bytes, up to one point more.
    package static let maxByteCount = 32 << 20
    /// The longest error message, in bytes: some errors quote what they are about.
    package static let maxMessageByteCount = 2_048
}

/// What an operation gives back.
package enum BridgeResult: Sendable {
    /// To a ping: what the server speaks and takes.
    case pong
    /// Nothing but that it is done.
    case done
    case collection(CollectionDescription)
    case collections([CollectionDescription])
    case count(Int)
    case points([Point], PointParts)
    case scoredPoints([ScoredPoint])
    case scoredPointsOfBatch([[ScoredPoint]])
    case page(ScrollPage, PointParts)
    case session(CollectionSession)
    case recall([ShardRecall])
    case status(ClusterStatus)
}
