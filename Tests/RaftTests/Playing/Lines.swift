import Primitives
import Raft

// How scripts write what happens. An entry's place is `index@term`.

extension Group.Event {
    /// The event as a line; nil if it is too small to be told.
    func line(isBrief: Bool) -> String? {
        switch self {
        case .status(let id, let status): "\(id) is \(status.line)"
        case .applied(let id, let entry): "\(id) applies \(entry.line)"
        case .read(let id, let read):
            "\(id) read \(read.id): " + (read.index.map { "at \($0)" } ?? "failed")
        case .wantsSnapshot(let id, let peer): "\(id) wants a snapshot for \(peer)"
        case .installed(let id, let base): "\(id) installs a snapshot of \(base.index)@\(base.term)"
        case .sent(let message): isBrief ? nil : "send \(message.line)"
        case .lost: nil
        case .wrote(let id, let persist): isBrief ? nil : "\(id) writes \(persist.line)"
        }
    }
}

extension Status {
    var line: String {
        "\(role.rawValue) of term \(term)" + (leader.map { ", led by \($0)" } ?? "")
    }
}

extension Ready.Persist {
    fileprivate var line: String {
        var parts: [String] = []
        switch base {
        case .reset(let base): parts.append("an empty log behind \(base.index)@\(base.term)")
        case .compact(let base): parts.append("the log from behind \(base.index)@\(base.term)")
        case nil: break
        }
        if let hardState {
            parts.append("term \(hardState.term)" + (hardState.vote.map { " vote \($0)" } ?? ""))
        }
        parts += entries.map(\.line)
        return parts.joined(separator: ", ")
    }
}

extension Entry {
    var line: String {
        switch content {
        case .empty: "\(index)@\(term)"
        case .command(let bytes):
            // The entries that scripts give to disks say their place again.
            ScriptCommand.text(of: bytes) == "\(index)@\(term)"
                ? "\(index)@\(term)" : "\(index)@\(term) \(ScriptCommand.text(of: bytes))"
        case .configuration(let configuration): "\(index)@\(term) members(\(configuration))"
        }
    }
}

extension Message {
    static let kinds: Set<String> = [
        "pre-vote?", "pre-vote", "vote?", "vote", "append", "appended", "refused", "heartbeat",
        "heard", "read?", "read", "chunk", "chunk-reply", "timeout-now",
    ]

    /// The word by which scripts choose messages.
    var kind: String {
        switch body {
        case .preVoteRequest: "pre-vote?"
        case .preVoteReply: "pre-vote"
        case .voteRequest: "vote?"
        case .voteReply: "vote"
        case .append: "append"
        case .appended: "appended"
        case .appendRefused: "refused"
        case .heartbeat: "heartbeat"
        case .heartbeatReply: "heard"
        case .readRequest: "read?"
        case .readReply: "read"
        case .snapshotChunk: "chunk"
        case .snapshotReply: "chunk-reply"
        case .timeoutNow: "timeout-now"
        }
    }

    var line: String {
        "\(sender) -> \(recipient) t\(term) \(kind)" + (details.isEmpty ? "" : " " + details)
    }

    private var details: String {
        switch body {
        case .preVoteRequest(let index, let term): "log \(index)@\(term)"
        case .preVoteReply(let isGranted): isGranted ? "yes" : "no"
        case .voteRequest(let index, let term, let isTransfer):
            "log \(index)@\(term)" + (isTransfer ? " for transfer" : "")
        case .voteReply(let isGranted): isGranted ? "yes" : "no"
        case .append(let previousIndex, let previousTerm, let commit, let entries):
            "behind \(previousIndex)@\(previousTerm) "
                + "[\(entries.map(\.line).joined(separator: ", "))] commit \(commit)"
        case .appended(let index): "\(index)"
        case .appendRefused(let previousIndex, let hintIndex, let hintTerm):
            "\(previousIndex), perhaps \(hintIndex)@\(hintTerm)"
        case .heartbeat(let commit, let round, let quiesces):
            "round \(round) commit \(commit)" + (quiesces ? " be quiet" : "")
        case .heartbeatReply(let round): "round \(round)"
        // A request's number is drawn by lot; whose read it is shows in the end.
        case .readRequest: ""
        case .readReply(_, let index): index.map { "at \($0)" } ?? "failed"
        case .snapshotChunk(let chunk): "\(chunk.number) of \(chunk.base.index)@\(chunk.base.term)"
        case .snapshotReply(let reply): "\(reply.state) next \(reply.next)"
        case .timeoutNow: ""
        }
    }
}

extension Refusal {
    var line: String {
        switch self {
        case .notLeader(let leader): "not leader" + (leader.map { ", ask \($0)" } ?? "")
        case .transferring(let peer): "transferring to \(peer)"
        case .overloaded: "overloaded"
        case .notReady: "not ready"
        case .configurationChanged(let index): "the newest configuration is at \(index)"
        case .notCaughtUp(let peers):
            "not caught up: \(peers.map(\.description).joined(separator: " "))"
        case .invalid(let reason): "invalid: \(reason)"
        }
    }
}
