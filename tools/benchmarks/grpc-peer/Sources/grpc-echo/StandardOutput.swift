import Foundation

/// Writes out what `print` has buffered.
func flushStandardOutput() {
    fflush(nil)
}
