internal import CoreMetrics
internal import Instrumentation

/// What a process tells of itself beside its log.
package enum ProcessTelemetry {
    /// The metrics of the process.
    package static let registry = PrometheusRegistry()

    /// Gives the process its metrics, and requests their names in calls between nodes; call it once,
    /// before any metric is made.
    package static func bootstrap() {
        MetricsSystem.bootstrap(PrometheusFactory(registry))
        InstrumentationSystem.bootstrap(RequestIDInstrument())
    }
}
