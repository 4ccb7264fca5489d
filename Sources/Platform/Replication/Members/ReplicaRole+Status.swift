package import Protocols
import Raft

extension ReplicaRole {
    /// What a node does in a group; a follower if it is not in it yet.
    package init(_ group: GroupStatus?) {
        switch group?.status.role {
        case .leader: self = .leader
        case .candidate: self = .candidate
        case .preCandidate: self = .preCandidate
        case .follower, nil: self = group?.isLearner == true ? .learner : .follower
        }
    }
}
