import Primitives
import Raft

/// Why a command was not played.
enum ScriptError: Error {
    /// The script makes no sense.
    case wrong(String)
    /// The core does not do it.
    case refused(Refusal)
}

/// The words of a command, read from left to right.
struct Words {
    private var words: ArraySlice<String>

    init(_ command: Substring) {
        words = command.split(separator: " ").map(String.init)[...]
    }

    /// The next word, or nothing.
    mutating func next() -> String { words.popFirst() ?? "" }

    mutating func nextIfAny() -> String? { words.popFirst() }

    mutating func rest() -> [String] {
        defer { words = [] }
        return Array(words)
    }

    func finish() throws(ScriptError) {
        if let word = words.first { throw .wrong("'\(word)' is too much") }
    }

    mutating func number() throws(ScriptError) -> UInt64 {
        let word = next()
        guard let number = UInt64(word) else { throw .wrong("'\(word)' is no number") }
        return number
    }

    mutating func number(after name: String) throws(ScriptError) -> UInt64 {
        guard let number = try number(ifAfter: name) else { throw .wrong("'\(name)' is missing") }
        return number
    }

    mutating func number(ifAfter name: String) throws(ScriptError) -> UInt64? {
        guard words.first == name else { return nil }
        words.removeFirst()
        return try number()
    }

    mutating func peer() throws(ScriptError) -> PeerID { PeerID(try number()) }

    mutating func peer(after word: String) throws(ScriptError) -> PeerID {
        let found = next()
        guard found == word else { throw .wrong("'\(word)' is missing") }
        return try peer()
    }

    /// At least one number.
    mutating func list() throws(ScriptError) -> [PeerID] {
        let numbers = numbers()
        if numbers.isEmpty { throw .wrong("a number is missing") }
        return numbers
    }

    /// The numbers behind a name, if it is next.
    mutating func list(after name: String) throws(ScriptError) -> [PeerID] {
        guard words.first == name else { return [] }
        words.removeFirst()
        return numbers()
    }

    private mutating func numbers() -> [PeerID] {
        var numbers: [PeerID] = []
        while let word = words.first, let number = UInt64(word) {
            words.removeFirst()
            numbers.append(PeerID(number))
        }
        return numbers
    }

    /// All peers, if there is no other word or the word is `all`.
    mutating func peers(all: [PeerID] = []) throws(ScriptError) -> [PeerID] {
        if words.first == "all" { words.removeFirst() }
        let peers = numbers()
        return peers.isEmpty ? all : peers
    }

    /// `2 10`, `all 10` and `2 3 10`: peers and a count.
    mutating func peersAndCount(all: [PeerID]) throws(ScriptError) -> ([PeerID], Int) {
        let isAll = words.first == "all"
        if isAll { words.removeFirst() }
        var numbers = numbers()
        guard let count = numbers.popLast() else { throw .wrong("a count is missing") }
        return (isAll ? all : numbers, Int(count.rawValue))
    }

    /// `1 -> 2`: one way; `1 | 2 3`: both ways between the sides; `1`: from and to all others.
    mutating func links(all: [PeerID]) throws(ScriptError) -> [Group.Link] {
        let left = numbers()
        let sign = next()
        let named = numbers()
        let right = named.isEmpty ? all.filter { !left.contains($0) } : named
        guard sign == "" || sign == "|" || sign == "->" else { throw .wrong("'\(sign)' is no cut") }
        return left.flatMap { from in
            right.flatMap { to in
                let link = Group.Link(from: from, to: to)
                return sign == "->" ? [link] : [link, Group.Link(from: to, to: from)]
            }
        }
    }
}

/// A command for the state machine, as scripts write it.
enum ScriptCommand {
    /// `x=1` is its text; `x*100` is `x` hundred times.
    static func bytes(of word: String) -> [UInt8] {
        let parts = word.split(separator: "*")
        guard parts.count == 2, let count = Int(parts[1]) else { return Array(word.utf8) }
        return Array(String(repeating: String(parts[0]), count: count).utf8)
    }

    /// The text of a command, long ones cut.
    static func text(of bytes: [UInt8]) -> String {
        bytes.count <= 12
            ? String(decoding: bytes, as: UTF8.self)
            : "\(String(decoding: bytes.prefix(1), as: UTF8.self))*\(bytes.count)"
    }
}
