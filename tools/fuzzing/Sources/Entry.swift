import Foundation

/// The decoder under test, named by the environment, as libFuzzer owns the arguments.
private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["VECTRON_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
        exit(2)
    }
    return target
}()

/// Names the target, and writes the seeds that are made by code where they are asked for.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzer(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    if let directory = ProcessInfo.processInfo.environment["VECTRON_FUZZ_SEEDS"] {
        do {
            try Seeds.write(to: directory)
            exit(0)
        } catch {
            print("no seeds: \(error)")
            exit(1)
        }
    }
    _ = chosen
    return 0
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try chosen.check(Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)))
        return 0
    } catch {
        // Refused, as most inputs are; the message must be one that can be made.
        return "\(error)".isEmpty ? -1 : 0
    }
}
