import CoreMetrics
import Telemetry
import Testing

@Suite struct `The text for Prometheus` {
    private let registry = PrometheusRegistry()
    private var factory: PrometheusFactory { PrometheusFactory(registry) }

    @Test func `has counters, gauges and histograms in the order of their names`() {
        factory.makeCounter(label: "b.calls", dimensions: [("z", "1"), ("a", "x\"y\\\n")])
            .increment(by: 3)
        factory.makeMeter(label: "a_size", dimensions: []).set(2.5)
        let timer = factory.makeTimer(label: "c_seconds", dimensions: [("op", "get")])
        timer.recordNanoseconds(200_000)
        timer.recordNanoseconds(20_000_000_000)
        let lines = registry.exposition().split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(8) == [
                "# TYPE a_size gauge", "a_size 2.5", "# TYPE b_calls counter",
                #"b_calls{a="x\"y\\\n",z="1"} 3"#, "# TYPE c_seconds histogram",
                #"c_seconds_bucket{op="get",le="0.0001"} 0"#,
                #"c_seconds_bucket{op="get",le="0.00025"} 1"#,
                #"c_seconds_bucket{op="get",le="0.0005"} 1"#,
            ])
        #expect(lines.contains(#"c_seconds_bucket{op="get",le="10.0"} 1"#))
        #expect(lines.contains(#"c_seconds_bucket{op="get",le="+Inf"} 2"#))
        #expect(lines.contains(#"c_seconds_sum{op="get"} 20.0002"#))
        #expect(lines.contains(#"c_seconds_count{op="get"} 2"#))
    }

    @Test func `has one series for equal labels, and stays when a metric is destroyed`() {
        for _ in 0..<2 {
            let counter = factory.makeCounter(label: "n", dimensions: [("b", "2"), ("a", "1")])
            counter.increment(by: 1)
            factory.destroyCounter(counter)
        }
        factory.makeCounter(label: "n", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
        #expect(registry.exposition().contains(#"n{a="1",b="2"} 3"#))
    }

    @Test func `is bounded, whatever labels there are`() {
        for number in 0..<(PrometheusRegistry.maxSeriesCount + 10) {
            factory.makeCounter(label: "n", dimensions: [("user", "\(number)")]).increment(by: 1)
        }
        let text = registry.exposition()
        #expect(
            text.split(separator: "\n").count { $0.hasPrefix("n{") }
                == PrometheusRegistry.maxSeriesCount)
        #expect(text.contains("metrics_series_dropped_total 10\n"))
    }

    @Test func `does not mix kinds of one name`() {
        factory.makeCounter(label: "n", dimensions: []).increment(by: 1)
        factory.makeTimer(label: "n", dimensions: []).recordNanoseconds(1)
        #expect(registry.exposition().hasPrefix("# TYPE n counter\nn 1\n# TYPE metrics_series"))
    }

    @Test func `takes names that the format knows`() {
        factory.makeCounter(label: "9 lives-ä", dimensions: [("a:b", "")]).increment(by: 1)
        #expect(
            registry.exposition().hasPrefix("# TYPE _9_lives__ counter\n_9_lives__{a_b=\"\"} 1"))
    }
}
