internal import Synchronization

/// All metrics of a process, and their text for Prometheus.
///
/// Bounded: a label whose values come from outside must not fill the memory. What would be one series
/// or family too many is counted in `metrics_series_dropped_total` and otherwise ignored.
///
/// *Source*: the Prometheus text exposition format, version 0.0.4.
/// Thread safety: any thread may call anything.
package final class PrometheusRegistry: Sendable {
    /// The most families: some times what the program has.
    package static let maxFamilyCount = 512
    /// The most series of one family.
    package static let maxSeriesCount = 256
    /// The longest value of a label, in characters.
    static let maxLabelValueLength = 128
    /// The type that the format's answers have.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct Family {
        var kind: MetricSeries.Kind
        var series: [String: MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var droppedCount = 0
    }

    private let state = Mutex(State())

    /// Makes a registry without metrics.
    package init() {}

    /// The series of this name and these labels; one that nobody reads if there are too many, or if
    /// the name belongs to a metric of another kind.
    package func series(
        _ kind: MetricSeries.Kind, named label: String, labels: [(String, String)] = []
    ) -> MetricSeries {
        let name = Self.sanitised(label, isLabel: false)
        let labels = Self.text(of: labels)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let series = family.series[labels], family.kind == kind { return series }
            let series = MetricSeries(kind)
            guard family.kind == kind, family.series.count < Self.maxSeriesCount,
                state.families[name] != nil || state.families.count < Self.maxFamilyCount
            else {
                state.droppedCount += 1
                return series
            }
            family.series[labels] = series
            state.families[name] = family
            return series
        }
    }

    /// What Prometheus reads, families and series in the order of their names.
    package func exposition() -> String {
        let (families, droppedCount) = state.withLock { ($0.families, $0.droppedCount) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind.word)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(named: name, labels: labels, to: &text)
            }
        }
        text += "# TYPE metrics_series_dropped_total counter\n"
        text += "metrics_series_dropped_total \(droppedCount)\n"
        return text
    }

    /// Labels as they are between the braces, by name; of two of one name the first counts.
    private static func text(of labels: [(String, String)]) -> String {
        var seen: Set<String> = []
        return labels.map { (sanitised($0.0, isLabel: true), $0.1) }
            .filter { seen.insert($0.0).inserted }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escaped($0.1))\"" }
            .joined(separator: ",")
    }

    /// A name of the format: letters, digits and `_`, and `:` in names of metrics; the first no digit.
    private static func sanitised(_ name: String, isLabel: Bool) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": text.unicodeScalars.append(scalar)
            case "0"..."9":
                if text.isEmpty { text += "_" }
                text.unicodeScalars.append(scalar)
            case ":" where !isLabel: text.unicodeScalars.append(scalar)
            default: text += "_"
            }
        }
        return text.isEmpty ? "_" : text
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(maxLabelValueLength) {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
