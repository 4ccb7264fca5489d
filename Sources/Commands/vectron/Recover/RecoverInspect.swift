import ArgumentParser
import Primitives
import Protocols
import Raft
import Replication
import Storage

/// `vectron recover inspect`.
struct RecoverInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show the Raft groups in the data of a stopped node.")

    @OptionGroup var options: RecoverOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let node = try StoppedNode(at: options.dataDirectory)
        let groups = try node.log.ids.map { id in
            InspectedGroup(
                id: id, stored: node.log.groups[id],
                applied: try node.applied(of: id).index)
        }
        let identity = node.directory.identity
        let json = JSONValue.object([
            "cluster": .string(identity.cluster), "node": .string(identity.node),
            "groups": .array(groups.map(\.json)),
        ])
        output.print(json) {
            Table(headings: InspectedGroup.headings, rows: groups.map(\.row))
        }
        for place in node.log.report.damage?.places ?? [] {
            Main.writeError("damaged: \(place.name) at \(place.offset): \(place.reason)")
        }
    }
}

/// What is known of one group of a stopped node.
private struct InspectedGroup {
    var id: GroupID
    /// Nil: damaged.
    var stored: StoredLog?
    var applied: UInt64

    static let headings = [
        "group", "peer", "term", "vote", "base", "last index", "last term", "applied", "members",
        "state",
    ]

    var row: [String] {
        guard let stored else {
            return [id.title] + Array(repeating: "?", count: 6) + ["\(applied)", "?", "damaged"]
        }
        return [
            id.title, "\(stored.peer)", "\(stored.hardState.term)",
            stored.hardState.vote.map { "\($0)" } ?? "-", "\(stored.base.index)",
            "\(stored.lastIndex)", "\(stored.lastTerm)", "\(applied)",
            "\(stored.configuration)", "whole",
        ]
    }

    var json: JSONValue {
        var object: [String: JSONValue] = [
            "group": JSONValue(id.rawValue), "applied": JSONValue(applied),
            "damaged": .bool(stored == nil),
        ]
        if let stored {
            object["peer"] = JSONValue(stored.peer.rawValue)
            object["term"] = JSONValue(stored.hardState.term)
            object["vote"] = stored.hardState.vote.map { JSONValue($0.rawValue) } ?? .null
            object["base"] = JSONValue(stored.base.index)
            object["last_index"] = JSONValue(stored.lastIndex)
            object["last_term"] = JSONValue(stored.lastTerm)
            let members = stored.configuration
            object["voters"] = .array(members.voters.map { JSONValue($0.rawValue) })
            object["outgoing"] = .array(members.outgoing.map { JSONValue($0.rawValue) })
            object["learners"] = .array(members.learners.map { JSONValue($0.rawValue) })
        }
        return .object(object)
    }
}
