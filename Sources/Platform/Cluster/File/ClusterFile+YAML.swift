import Actors

extension ClusterFile {
    /// The file as YAML, all keys written out, from which ``load(path:environment:flags:)`` makes it
    /// again.
    public var yaml: String {
        var lines: [String] = []
        var section: String?
        for setting in ClusterSetting.all {
            guard let text = setting.text(in: self) else { continue }
            if setting.section != section { lines.append("\(setting.section):") }
            section = setting.section
            lines.append("  \(setting.key): \(quoted(text))")
        }
        lines.append("nodes:")
        for node in nodes {
            lines.append("  - name: \(quoted(node.name))")
            lines.append("    role: \(node.role.rawValue)")
            lines.append("    endpoint: \(quoted(node.endpoint.rawValue))")
            if let bridge = node.bridge { lines.append("    bridge: \(quoted(bridge.rawValue))") }
            if let rest = node.rest { lines.append("    rest: \(quoted(rest.rawValue))") }
            if let domain = node.failureDomain {
                lines.append("    failure_domain: \(quoted(domain))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A YAML single-quoted scalar: nothing but the quote is special in it.
    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}
