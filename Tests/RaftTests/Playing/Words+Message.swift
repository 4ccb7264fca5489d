import Primitives
import Raft

extension Words {
    /// A message, written as scripts show it; the entries hold their own place as commands.
    mutating func message() throws(ScriptError) -> Message {
        let sender = try peer()
        let recipient = try peer(after: "->")
        let term = next()
        guard term.first == "t", let term = Term(term.dropFirst()) else {
            throw .wrong("'\(term)' is no term")
        }
        return Message(sender: sender, recipient: recipient, term: term, body: try body())
    }

    private mutating func body() throws(ScriptError) -> Message.Body {
        let kind = next()
        switch kind {
        case "pre-vote?":
            let last = try place(after: "log")
            return .preVoteRequest(lastIndex: last.index, lastTerm: last.term)
        case "vote?":
            let last = try place(after: "log")
            let isTransfer = rest() == ["for", "transfer"]
            return .voteRequest(lastIndex: last.index, lastTerm: last.term, isTransfer: isTransfer)
        case "pre-vote": return .preVoteReply(isGranted: next() == "yes")
        case "vote": return .voteReply(isGranted: next() == "yes")
        case "append":
            let previous = try place(after: "behind")
            let entries = try entries()
            return .append(
                previousIndex: previous.index, previousTerm: previous.term,
                commit: try number(after: "commit"), entries)
        case "appended": return .appended(through: try number())
        case "heartbeat":
            let round = try number(after: "round")
            return .heartbeat(
                commit: try number(after: "commit"), round: round, quiesces: !rest().isEmpty)
        case "heard": return .heartbeatReply(round: try number(after: "round"))
        case "timeout-now": return .timeoutNow
        default: throw .wrong("'\(kind)' cannot be said")
        }
    }

    /// `3@1`: index 3, term 1.
    private func place(_ word: String) throws(ScriptError) -> (index: LogIndex, term: Term) {
        let parts = word.split(separator: "@").compactMap { UInt64($0) }
        guard parts.count == 2 else { throw .wrong("'\(word)' is no place") }
        return (parts[0], parts[1])
    }

    private mutating func place(
        after name: String
    ) throws(ScriptError) -> (index: LogIndex, term: Term) {
        let found = next()
        guard found == name else { throw .wrong("'\(name)' is missing") }
        return try place(next())
    }

    /// Entries between brackets: `[3@1, 4@1]`.
    private mutating func entries() throws(ScriptError) -> [Entry] {
        var entries: [Entry] = []
        var isOpen = true
        while isOpen, let word = nextIfAny() {
            isOpen = !word.hasSuffix("]")
            let text = word.filter { $0 != "[" && $0 != "]" && $0 != "," }
            if text.isEmpty { continue }
            let place = try place(text)
            entries.append(
                Entry(term: place.term, index: place.index, content: .command(Array(text.utf8))))
        }
        return entries
    }
}
