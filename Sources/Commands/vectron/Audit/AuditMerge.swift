import Foundation
import Gateway
import Protocols
import Telemetry

/// The lines of one gateway, and the next of them.
final class AuditSource {
    fileprivate let node: String
    fileprivate let reader: LineLogReader
    fileprivate var head: AuditMerge.Item?

    init(_ file: AuditFile) {
        node = file.node
        reader = LineLogReader(path: file.path)
    }
}

/// The lines of several logs as one, by time; those of one second and one log stay in their order.
///
/// Holds one line of each log, however large they are.
final class AuditMerge {
    /// A line and who wrote it.
    struct Item {
        let node: String
        let line: [UInt8]
        let entry: AuditEntry
    }

    private let sources: [AuditSource]
    private let filter: AuditFilter

    init(_ sources: [AuditSource], _ filter: AuditFilter) {
        self.sources = sources
        self.filter = filter
    }

    /// Hands out all that is there.
    ///
    /// - Parameters:
    ///   - isEnd: Whether nothing more is waited for: half a line is a broken one then.
    ///   - broken: Is told of each line that is none of an audit log.
    func drain(
        isEnd: Bool, _ body: (Item) -> Void, broken: (String) -> Void
    ) throws {
        while true {
            for source in sources where source.head == nil {
                source.head = try next(of: source, isEnd: isEnd, broken)
            }
            let first = sources.filter { $0.head != nil }.min {
                ($0.head?.entry.time.rawValue ?? .max) < ($1.head?.entry.time.rawValue ?? .max)
            }
            guard let first, let item = first.head else { return }
            first.head = nil
            body(item)
        }
    }

    private func next(
        of source: AuditSource, isEnd: Bool, _ broken: (String) -> Void
    ) throws -> Item? {
        while let line = try source.reader.next() ?? (isEnd ? source.reader.rest() : nil) {
            let place = "\(line.path):\(line.number)"
            if let damage = line.damage {
                broken("\(place) is no line of an audit log and is passed over: \(damage.rawValue)")
                continue
            }
            do throws(AuditEntryError) {
                let entry = try AuditEntry(line: line.bytes)
                guard filter.matches(entry) else { continue }
                return Item(node: source.node, line: line.bytes, entry: entry)
            } catch {
                broken("\(place) is no line of an audit log and is passed over: \(error)")
            }
        }
        return nil
    }
}

extension AuditMerge.Item {
    /// The line as it is, with the node that wrote it.
    var json: String {
        // It was read as an object with fields, so it begins with a brace.
        let fields = String(decoding: line, as: UTF8.self).drop { $0 != "{" }.dropFirst()
        return "{\"node\":\(JSONValue.string(node).text),\(fields)"
    }

    /// The line for people: what others have named is shown without what a terminal obeys.
    var text: String {
        var words = [
            Date(timeIntervalSince1970: TimeInterval(entry.time.rawValue)).formatted(.iso8601),
            Self.padded(entry.outcome, to: 17), Self.padded(entry.operation, to: 18),
            Self.padded(who, to: 24), "from \(entry.address ?? "-")",
        ]
        if let face = entry.face { words.append("by \(face)") }
        if let collection = entry.collection { words.append("collection=\(collection)") }
        if let subject = entry.subject { words.append("subject=\(subject)") }
        if let request = entry.request { words.append("request=\(request)") }
        words.append("node=\(node)")
        if let count = entry.suppressedCount { words.append("(\(count) refusals left out before)") }
        return Self.printable(words.joined(separator: " "))
    }

    private var who: String {
        guard let user = entry.user else { return "-" }
        let name = entry.tenant.map { $0 == user ? user : "\(user)@\($0)" } ?? user
        return entry.credential.map { "\(name) \($0)" } ?? name
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Escapes control and format characters: colours, cursors, directions of writing.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
