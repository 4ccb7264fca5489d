import Actors

extension ClusterFile {
    /// The file as YAML, all keys written out, from which ``load(path:environment:flags:)`` makes it
    /// again.
    public var yaml: String { yaml { _ in nil } }

    /// The same with a comment at the end of each line for which there is one.
    ///
    /// - Parameter comment: What is said of a value; of a key that has none, the line itself is a
    ///   comment then.
    func yaml(comment: (ClusterFinding.Place) -> String?) -> String {
        var lines: [String] = []
        func add(_ line: String, _ place: ClusterFinding.Place) {
            lines.append(line + (comment(place).map { "  # \(YAMLText.comment($0))" } ?? ""))
        }
        for section in ClusterSetting.sections {
            let settings = ClusterSetting.all.filter { $0.section == section }
            // A section of comments alone would be an empty value.
            let hasValues = settings.contains { $0.text(in: self) != nil }
            let begin = lines.count
            for setting in settings {
                let place = ClusterFinding.Place.key(setting.name)
                if let value = setting.text(in: self) {
                    let text = setting.isList ? YAMLText.list(value) : YAMLText.quoted(value)
                    add("  \(setting.key): \(text)", place)
                } else if let comment = comment(place) {
                    lines.append("  # \(setting.key): not set (\(YAMLText.comment(comment)))")
                }
            }
            if lines.count > begin {
                lines.insert(hasValues ? "\(section):" : "# \(section):", at: begin)
            }
        }
        lines.append("nodes:")
        for (index, node) in nodes.enumerated() {
            let values: [(String, String?)] = [
                ("name", node.name), ("role", node.role.rawValue),
                ("endpoint", node.endpoint.rawValue), ("bridge", node.bridge?.rawValue),
                ("rest", node.rest?.rawValue), ("failure_domain", node.failureDomain),
            ]
            for (key, value) in values {
                guard let value else { continue }
                add(
                    "  \(key == "name" ? "-" : " ") \(key): \(YAMLText.quoted(value))",
                    .node(index, key: key))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ClusterConfiguration {
    /// The effective configuration as YAML, with where each value came from in comments.
    public var yamlWithOrigins: String {
        file.yaml { place in
            switch (origin(of: place), place) {
            case (let origin?, _): origin.description
            case (nil, .key): "default"
            default: nil
            }
        }
    }
}

/// How values are written in YAML.
private enum YAMLText {
    /// A single-quoted scalar: nothing but the quote is special in it.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }

    /// A list of what is parted by commas.
    static func list(_ text: String) -> String {
        "[" + text.split(separator: ",").map { quoted(String($0)) }.joined(separator: ", ") + "]"
    }

    /// A comment, which ends with its line.
    static func comment(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
