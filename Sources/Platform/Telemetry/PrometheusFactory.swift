package import CoreMetrics

/// Hands the metrics of swift-metrics to a ``PrometheusRegistry``.
///
/// | of swift-metrics | of Prometheus |
/// |---|---|
/// | `Counter`, `FloatingPointCounter` | counter |
/// | `Gauge`, `Meter`, `Recorder` that does not aggregate | gauge |
/// | `Timer` | histogram, in seconds |
/// | `Recorder` that aggregates | histogram, in the unit of the values |
package struct PrometheusFactory: MetricsFactory {
    private let registry: PrometheusRegistry

    /// The bounds of times, in seconds: from a tenth of a millisecond to 10 s.
    package static let timeBounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
        5, 10,
    ]
    /// The bounds of everything else: powers of ten.
    package static let valueBounds = [1.0, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// Makes a factory.
    package init(_ registry: PrometheusRegistry) { self.registry = registry }

    /// A counter.
    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        SeriesHandler(registry.series(.counter, named: label, labels: dimensions))
    }

    /// A counter.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        SeriesHandler(registry.series(.counter, named: label, labels: dimensions))
    }

    /// A gauge.
    package func makeMeter(
        label: String, dimensions: [(String, String)]
    ) -> any MeterHandler {
        SeriesHandler(registry.series(.gauge, named: label, labels: dimensions))
    }

    /// A histogram, or a gauge.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        SeriesHandler(
            registry.series(
                aggregate ? .histogram(bounds: Self.valueBounds) : .gauge, named: label,
                labels: dimensions))
    }

    /// A histogram of seconds.
    package func makeTimer(
        label: String, dimensions: [(String, String)]
    ) -> any TimerHandler {
        SeriesHandler(
            registry.series(.histogram(bounds: Self.timeBounds), named: label, labels: dimensions))
    }

    // A series stays: Prometheus would take a counter that begins again for a restart.

    /// Keeps the series.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the series.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Keeps the series.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps the series.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the series.
    package func destroyTimer(_ handler: any TimerHandler) {}
}

/// One series as swift-metrics sees it.
private final class SeriesHandler: CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler, TimerHandler
{
    private let series: MetricSeries

    init(_ series: MetricSeries) { self.series = series }

    func increment(by amount: Int64) { series.add(Double(amount)) }
    func increment(by amount: Double) { series.add(amount) }
    func decrement(by amount: Double) { series.add(-amount) }
    func reset() { series.set(0) }
    func set(_ value: Int64) { series.set(Double(value)) }
    func set(_ value: Double) { series.set(value) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        if case .gauge = series.kind { series.set(value) } else { series.observe(value) }
    }
    func recordNanoseconds(_ duration: Int64) { series.observe(Double(duration) / 1e9) }
}
