import Actors
import Yams

/// Reads the YAML of a cluster file into a ``ClusterFile``, with the line of every mistake.
struct ClusterFileReader {
    /// The file's path, for messages.
    let path: String

    private static let sections = Set(ClusterSetting.all.map(\.section)).sorted() + ["nodes"]
    private static let nodeKeys = ["name", "role", "endpoint", "bridge", "rest", "failure_domain"]
    /// The most bytes of a file: a cluster of thousands of nodes.
    static let maxByteCount = 1 << 20

    /// Sets what the text says.
    func read(_ yaml: String, into file: inout ClusterFile) throws(ClusterFileError) {
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            let reason = "\(error)".split(separator: "\n").first.map(String.init) ?? "\(error)"
            throw .malformed(path: path, reason: Self.reason(of: error) ?? reason)
        }
        guard let root else { return }
        for (key, value) in try pairs(of: root, named: "the file") {
            if key.text == "nodes" {
                try readNodes(value, into: &file)
            } else {
                try readSection(key, value, into: &file)
            }
        }
    }

    private static func reason(of error: any Error) -> String? {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _),
            YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            "line \(context.mark.line): \(keys.joined(separator: ", ")) is written twice"
        default: nil
        }
    }

    /// A key and where it stands.
    private struct Key {
        var text: String
        var origin: ClusterValueOrigin
    }

    private func readSection(
        _ section: Key, _ value: Yams.Node, into file: inout ClusterFile
    ) throws(ClusterFileError) {
        guard Self.sections.contains(section.text) else {
            throw .unknownKey(
                key: section.text, origin: section.origin,
                suggestion: nearestName(to: section.text, among: Self.sections))
        }
        for (key, value) in try pairs(of: value, named: section.text) {
            let name = "\(section.text).\(key.text)"
            let isKnown = ClusterSetting.all.contains { $0.name == name }
            let text = isKnown ? try scalar(value, named: name, key.origin) : ""
            try file.set(name, to: text, origin: key.origin)
        }
    }

    private func readNodes(
        _ value: Yams.Node, into file: inout ClusterFile
    ) throws(ClusterFileError) {
        guard case .sequence(let nodes) = value else {
            throw .wrongValue(
                key: "nodes", value: kind(of: value), origin: origin(of: value),
                expected: "a list of nodes, each with name, role and endpoint")
        }
        for node in nodes { file.nodes.append(try readNode(node)) }
    }

    private func readNode(_ value: Yams.Node) throws(ClusterFileError) -> ClusterFile.Node {
        var texts: [String: (text: String, origin: ClusterValueOrigin)] = [:]
        for (key, value) in try pairs(of: value, named: "a node") {
            guard Self.nodeKeys.contains(key.text) else {
                throw .unknownKey(
                    key: "nodes.\(key.text)", origin: key.origin,
                    suggestion: nearestName(to: key.text, among: Self.nodeKeys))
            }
            texts[key.text] = (
                try scalar(value, named: "nodes.\(key.text)", key.origin), key.origin
            )
        }
        for key in ["name", "role", "endpoint"] where texts[key] == nil {
            throw .missingKey(key: "nodes.\(key)", origin: origin(of: value))
        }
        guard let name = texts["name"], let role = texts["role"], let endpoint = texts["endpoint"]
        else { preconditionFailure("a key was checked and is missing") }
        return ClusterFile.Node(
            name: try convert(name, "name", "1 to 128 of A-Z a-z 0-9 _ - .") {
                NodeID($0).isValid ? $0 : nil
            },
            role: try convert(role, "role", "placement, worker, gateway or auth") { text in
                ClusterFile.Role(rawValue: text)
            },
            endpoint: try convert(endpoint, "endpoint", Self.endpointForm, Self.endpoint),
            bridge: try texts["bridge"].map { value throws(ClusterFileError) in
                try convert(value, "bridge", Self.endpointForm, Self.endpoint)
            },
            rest: try texts["rest"].map { value throws(ClusterFileError) in
                try convert(value, "rest", "tcp://HOST:PORT", Self.restEndpoint)
            },
            failureDomain: texts["failure_domain"]?.text)
    }

    private static let endpointForm =
        "tcp://HOST:PORT, or ipc://PATH with at most 107 bytes of path"

    private static func restEndpoint(_ text: String) -> Endpoint? {
        guard text.hasPrefix("tcp://") else { return nil }
        return endpoint(text)
    }

    /// A port that is not chosen, or memory, would not be found by other processes.
    private static func endpoint(_ text: String) -> Endpoint? {
        guard !text.hasSuffix(":*"), !text.hasPrefix("memory:") else { return nil }
        return try? Endpoint(validating: text)  // the caller says how one is written
    }

    private func convert<Value>(
        _ value: (text: String, origin: ClusterValueOrigin), _ key: String, _ expected: String,
        _ convert: (String) -> Value?
    ) throws(ClusterFileError) -> Value {
        guard let converted = convert(value.text) else {
            throw .wrongValue(
                key: "nodes.\(key)", value: value.text.debugDescription, origin: value.origin,
                expected: expected)
        }
        return converted
    }

    private func pairs(
        of value: Yams.Node, named name: String
    ) throws(ClusterFileError) -> [(Key, Yams.Node)] {
        guard case .mapping(let mapping) = value else {
            throw .wrongValue(
                key: name, value: kind(of: value), origin: origin(of: value),
                expected: "keys with values below it")
        }
        var pairs: [(Key, Yams.Node)] = []
        for (key, value) in mapping {
            let origin = origin(of: key)
            let text = try scalar(key, named: "a key of \(name)", origin)
            pairs.append((Key(text: text, origin: origin), value))
        }
        return pairs
    }

    private func scalar(
        _ value: Yams.Node, named name: String, _ origin: ClusterValueOrigin
    ) throws(ClusterFileError) -> String {
        guard case .scalar(let scalar) = value, value.null == nil else {
            throw .wrongValue(
                key: name, value: kind(of: value), origin: origin, expected: "a single value")
        }
        return scalar.string
    }

    private func kind(of value: Yams.Node) -> String {
        switch value {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): value.null == nil ? scalar.string.debugDescription : "empty"
        case .alias: "an alias"
        }
    }

    private func origin(of value: Yams.Node) -> ClusterValueOrigin {
        .file(path: path, line: value.mark?.line ?? 1)
    }
}
