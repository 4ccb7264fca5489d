import Primitives
import Raft
import Storage
import Testing

@Suite struct `A log on a disk that fails` {
    /// Writes until something goes wrong, at most so many appends.
    ///
    /// - Returns: What was acknowledged, and what would be there with the append that failed.
    private func write(
        _ workload: inout LogWorkload, appendCount: Int, to disk: FaultyLogDisk,
        fault: FaultyLogDisk.Fault, in operation: Int
    ) throws -> (acknowledged: LogModel, attempted: LogModel) {
        var log = try openLog(on: disk)
        #expect(log.restored == workload.model.groups)
        disk.plan(fault, in: operation)
        var acknowledged = workload.model
        for _ in 0..<appendCount {
            let records = workload.next()
            do { try log.append(records) } catch {
                guard case StorageError.fenced = error else {
                    Issue.record("not fenced: \(error)")
                    break
                }
                // Never again, and without touching the disk.
                let before = disk.operationCount
                #expect(throws: StorageError.self) { try log.append([.remove(1)]) }
                #expect(throws: StorageError.self) { try log.seal() }
                #expect(disk.operationCount == before)
                return (acknowledged, workload.model)
            }
            acknowledged = workload.model
        }
        return (acknowledged, acknowledged)
    }

    /// Opens the log and compares it with what may be there; goes on with what is.
    private func check(
        _ disk: FaultyLogDisk, _ expected: (acknowledged: LogModel, attempted: LogModel),
        _ workload: inout LogWorkload, _ comment: Comment
    ) throws {
        let log = try openLog(on: disk)
        #expect(log.report.damage == nil, comment)
        let isThere =
            log.restored == expected.acknowledged.groups
            || log.restored == expected.attempted.groups
        #expect(isThere, comment)
        workload.model.groups = log.restored
    }

    private static let appendCount = 120

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `loses nothing that was acknowledged, wherever the power goes`(seed: UInt64) throws {
        var hasEnded = false
        var operation = 1
        var generator = SeededGenerator(seed: seed)
        while !hasEnded {
            let comment: Comment = "seed \(seed), operation \(operation)"
            let disk = FaultyLogDisk(seed: seed << 32 + UInt64(operation))
            var workload = LogWorkload(seed: seed)
            let expected = try write(
                &workload, appendCount: Self.appendCount, to: disk, fault: .powerLoss,
                in: operation)
            hasEnded = !disk.hasLostPower
            disk.restart()
            // Power goes again while the log is opened, some times.
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                disk.plan(.powerLoss, in: Int.random(in: 1...9, using: &generator))
                _ = try? openLog(on: disk)
                disk.restart()
            }
            try check(disk, expected, &workload, comment)
            // What was told once is told again, though nothing was written since.
            disk.restart()
            #expect(try openLog(on: disk).restored == workload.model.groups, comment)
            let second = try write(
                &workload, appendCount: 40, to: disk, fault: .powerLoss, in: .max / 2)
            disk.restart()
            try check(disk, second, &workload, comment)
            operation += Int.random(in: 1...3, using: &generator)
        }
        #expect(operation > 250)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `is fenced, and has all that was acknowledged when it is opened again`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        for operation in stride(from: 1, to: 260, by: 2) {
            let comment: Comment = "seed \(seed), operation \(operation)"
            let disk = FaultyLogDisk(seed: seed << 32 + UInt64(operation))
            var workload = LogWorkload(seed: seed)
            let expected = try write(
                &workload, appendCount: Self.appendCount, to: disk, fault: .failure, in: operation)
            // The process starts again, on a system that goes on; then the power goes.
            try check(disk, expected, &workload, comment)
            disk.restart()
            #expect(try openLog(on: disk).restored == workload.model.groups, comment)
            disk.plan(.failure, in: Int.random(in: 1...4, using: &generator))
            #expect(throws: StorageError.self) { _ = try openLog(on: disk) }
            disk.restart()
            try check(disk, (workload.model, workload.model), &workload, comment)
        }
    }

    @Test func `has all but the last append, wherever that was cut`() throws {
        let disk = FaultyLogDisk()
        let name = "0000000000000001.log"
        var model = LogModel()
        var before: [UInt8] = []
        do {
            var log = try openLog(on: disk)
            let first = [beginning(of: 1), beginning(of: 2), commands(1, from: 1, "a", "b")]
            try log.append(first)
            model.apply(first)
            before = disk.files[name]?.bytes ?? []
            try log.append([
                commands(1, from: 2, "B", "C"), .hardState(2, HardState(term: 3, vote: 2)),
                commands(2, from: 1, "many bytes for another group"),
            ])
        }
        let after = disk.files[name]?.bytes ?? []
        let changed = after.indices.filter { after[$0] != before[$0] }
        let (start, end) = try (#require(changed.first), #require(changed.last) + 1)
        #expect(end - start > 100)
        var generator = SeededGenerator(seed: 4)
        for length in start..<end {
            for rest in ["cut", "zeros", "garbage"] {
                let torn = disk.copy()
                torn.edit(name) { bytes in
                    switch rest {
                    case "cut": bytes.removeLast(bytes.count - length)
                    case "zeros": for index in length..<end { bytes[index] = 0 }
                    default:
                        for index in length..<end {
                            bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
                        }
                    }
                }
                do {
                    var log = try openLog(on: torn)
                    #expect(log.restored == model.groups, "\(rest) at \(length)")
                    #expect(log.report.damage == nil, "\(rest) at \(length)")
                    try log.append([commands(1, from: 3, "c")])
                }
                let log = try openLog(on: torn)
                #expect(log.restored[1]?.lastIndex == 3, "\(rest) at \(length)")
                #expect(log.report.damage == nil && log.report.tornByteCount == 0)
            }
        }
    }
}
