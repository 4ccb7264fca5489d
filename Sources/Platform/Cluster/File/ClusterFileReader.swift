import Actors
import Yams

/// Reads the YAML of a cluster file into a ``ClusterConfiguration``, with the line of every mistake.
struct ClusterFileReader {
    /// The file's path, for messages.
    let path: String

    private static let sections = Set(ClusterSetting.all.map(\.section)).sorted() + ["nodes"]
    private static let nodeKeys = ["name", "role", "endpoint", "bridge", "rest", "failure_domain"]
    /// The most bytes of a file: a cluster of thousands of nodes.
    static let maxByteCount = 1 << 20

    /// Sets what the text says, and collects what is wrong with it.
    ///
    /// - Throws: If it is no YAML, so that nothing else can be said of it.
    func read(
        _ yaml: String, into configuration: inout ClusterConfiguration
    ) throws(ClusterFileError) {
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            let reason = "\(error)".split(separator: "\n").first.map(String.init) ?? "\(error)"
            throw .malformed(path: path, reason: Self.reason(of: error) ?? reason)
        }
        guard let root else { return }
        for (key, value) in pairs(of: root, named: "the file", &configuration.mistakes) {
            if key.text == "nodes" {
                readNodes(value, into: &configuration)
            } else {
                readSection(key, value, into: &configuration)
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
        _ section: Key, _ value: Yams.Node, into configuration: inout ClusterConfiguration
    ) {
        guard Self.sections.contains(section.text) else {
            configuration.mistakes.append(
                .unknownKey(
                    key: section.text, origin: section.origin,
                    suggestion: nearestName(to: section.text, among: Self.sections)))
            return
        }
        for (key, value) in pairs(of: value, named: section.text, &configuration.mistakes) {
            let name = "\(section.text).\(key.text)"
            do throws(ClusterFileError) {
                let setting = ClusterSetting.all.first { $0.name == name }
                let text =
                    switch setting?.isList {
                    case nil: ""
                    case true?: try list(value, named: name, key.origin)
                    case false?: try scalar(value, named: name, key.origin)
                    }
                configuration.set(name, to: text, origin: key.origin)
            } catch {
                configuration.mistakes.append(error)
            }
        }
    }

    private func readNodes(
        _ value: Yams.Node, into configuration: inout ClusterConfiguration
    ) {
        guard case .sequence(let nodes) = value else {
            configuration.hasUnreadNodes = true
            configuration.mistakes.append(
                .wrongValue(
                    key: "nodes", value: kind(of: value), origin: origin(of: value),
                    expected: "a list of nodes, each with name, role and endpoint"))
            return
        }
        for value in nodes {
            if let (node, origin) = readNode(value, &configuration.mistakes) {
                configuration.file.nodes.append(node)
                configuration.nodeOrigins.append(origin)
            } else {
                configuration.hasUnreadNodes = true
            }
        }
    }

    /// - Returns: Nil if something is wrong with it, which is added to `mistakes`.
    private func readNode(
        _ value: Yams.Node, _ mistakes: inout [ClusterFileError]
    ) -> (ClusterFile.Node, ClusterConfiguration.NodeOrigin)? {
        let count = mistakes.count
        var texts: [String: (text: String, origin: ClusterValueOrigin)] = [:]
        for (key, value) in pairs(of: value, named: "a node", &mistakes) {
            guard Self.nodeKeys.contains(key.text) else {
                mistakes.append(
                    .unknownKey(
                        key: "nodes.\(key.text)", origin: key.origin,
                        suggestion: nearestName(to: key.text, among: Self.nodeKeys)))
                continue
            }
            do throws(ClusterFileError) {
                let text = try scalar(value, named: "nodes.\(key.text)", key.origin)
                texts[key.text] = (text, key.origin)
            } catch {
                mistakes.append(error)
            }
        }
        guard mistakes.count == count else { return nil }
        for key in ["name", "role", "endpoint"] where texts[key] == nil {
            mistakes.append(.missingKey(key: "nodes.\(key)", origin: origin(of: value)))
        }
        func convert<Value>(
            _ key: String, _ expected: String, _ convert: (String) -> Value?
        ) -> Value? {
            guard let value = texts[key] else { return nil }
            if let converted = convert(value.text) { return converted }
            mistakes.append(
                .wrongValue(
                    key: "nodes.\(key)", value: value.text.debugDescription,
                    origin: value.origin, expected: expected))
            return nil
        }
        let name = convert("name", "1 to 128 of A-Z a-z 0-9 _ - .") {
            NodeID($0).isValid ? $0 : nil
        }
        let role = convert("role", "placement, worker, gateway or auth") {
            ClusterFile.Role(rawValue: $0)
        }
        let endpoint = convert("endpoint", Self.endpointForm, Self.endpoint)
        let bridge = convert("bridge", Self.endpointForm, Self.endpoint)
        let rest = convert("rest", "tcp://HOST:PORT", Self.restEndpoint)
        guard mistakes.count == count, let name, let role, let endpoint else { return nil }
        let node = ClusterFile.Node(
            name: name, role: role, endpoint: endpoint, bridge: bridge, rest: rest,
            failureDomain: texts["failure_domain"]?.text)
        return (node, .init(node: origin(of: value), keys: texts.mapValues(\.origin)))
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

    private func pairs(
        of value: Yams.Node, named name: String, _ mistakes: inout [ClusterFileError]
    ) -> [(Key, Yams.Node)] {
        guard case .mapping(let mapping) = value else {
            mistakes.append(
                .wrongValue(
                    key: name, value: kind(of: value), origin: origin(of: value),
                    expected: "keys with values below it"))
            return []
        }
        var pairs: [(Key, Yams.Node)] = []
        for (key, value) in mapping {
            let origin = origin(of: key)
            do throws(ClusterFileError) {
                let text = try scalar(key, named: "a key of \(name)", origin)
                pairs.append((Key(text: text, origin: origin), value))
            } catch {
                mistakes.append(error)
            }
        }
        return pairs
    }

    /// The values of a list, parted by commas; a single value is a list as well.
    private func list(
        _ value: Yams.Node, named name: String, _ origin: ClusterValueOrigin
    ) throws(ClusterFileError) -> String {
        guard case .sequence(let sequence) = value else {
            return try scalar(value, named: name, origin)
        }
        var texts: [String] = []
        for value in sequence { texts.append(try scalar(value, named: name, origin)) }
        return texts.joined(separator: ",")
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
