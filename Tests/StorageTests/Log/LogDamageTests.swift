import Primitives
import Raft
import Storage
import Testing

@Suite struct `Damage of a log` {
    private let disk = FaultyLogDisk()
    private let model: LogModel
    private let names: [String]

    init() throws {
        var workload = LogWorkload(seed: 21)
        var log = try openLog(on: disk)
        for _ in 0..<150 { try log.append(workload.next()) }
        try log.seal()
        model = workload.model
        names = try disk.names()
    }

    /// Where the frames of a file end; of the last file, those before the seal.
    private func end(of name: String) throws -> Int {
        let bytes = try #require(disk.files[name]?.bytes)
        let last = try #require(bytes.lastIndex { $0 != 0 })
        return name == names.last ? last / 8 * 8 + 8 - 24 : last + 1
    }

    /// Groups that come back must be whole, and all others named.
    private func checkGroups(_ log: borrowing SegmentedLog<FaultyLogDisk>, _ comment: Comment) {
        let damaged = log.report.damage?.groups ?? []
        for (group, stored) in log.restored {
            #expect(stored == model.groups[group], comment)
            #expect(!damaged.contains(group), comment)
        }
        for group in model.groups.keys where log.restored[group] == nil {
            // Or nothing of it is left at all, as if the disk had been lost.
            #expect(log.report.damage != nil, comment)
        }
    }

    @Test func `of one bit is found, wherever it is`() throws {
        #expect(names.count >= 3)
        var (count, damagedCount) = (0, 0)
        var generator = SeededGenerator(seed: 5)
        for name in names {
            for offset in stride(from: 64, to: try end(of: name), by: 5) {
                let comment: Comment = "\(name) at \(offset)"
                let damaged = disk.copy()
                damaged.edit(name) { $0[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
                let log = try openLog(on: damaged)
                let damage = try #require(log.report.damage, comment)
                let place = try #require(damage.places.first, comment)
                #expect(place.name == name && place.offset <= offset, comment)
                checkGroups(log, comment)
                count += 1
                if !damage.groups.isEmpty { damagedCount += 1 }
            }
        }
        // In the others all groups were reset later, or nothing was in the frame.
        #expect(count > 1000 && damagedCount > count * 2 / 3)
    }

    @Test func `of a header is found, or does no harm`() throws {
        for name in names {
            for offset in 0..<64 {
                let damaged = disk.copy()
                damaged.edit(name) { $0[offset] ^= 4 }
                for _ in 0..<2 {
                    let log = try openLog(on: damaged)
                    checkGroups(log, "\(name) at \(offset)")
                    if name == names.first { #expect(log.restored.isEmpty) }
                    if name == names.last { #expect(log.restored == model.groups) }
                }
            }
        }
    }

    @Test func `behind the frames does no harm`() throws {
        for name in names {
            let (end, damaged) = (try end(of: name) + 24, disk.copy())
            guard end + 100 < 4096 else { continue }
            damaged.edit(name) { $0[end + 99] = 1 }
            let log = try openLog(on: damaged)
            #expect(log.restored == model.groups && log.report.damage == nil, "\(name)")
        }
    }

    @Test func `of many bytes, blocks and places never passes for what was stored`() throws {
        var generator = SeededGenerator(seed: 6)
        for round in 0..<300 {
            let damaged = disk.copy()
            let name = names.randomElement(using: &generator) ?? ""
            let from = Int.random(in: 64..<3000, using: &generator)
            let count = Int.random(in: 1..<900, using: &generator)
            let other = disk.files[names[round % names.count]]?.bytes ?? []
            let shift = 8 * Int.random(in: 0..<60, using: &generator)
            damaged.edit(name) { bytes in
                for index in from..<min(from + count, 4096) {
                    switch round % 3 {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes[index] = 0
                    default: bytes[index] = other[(index + shift) % 4096]
                    }
                }
            }
            let log = try openLog(on: damaged)
            // The end of the last file cannot be told from an append that was cut short.
            if name != names.last { checkGroups(log, "round \(round)") }
        }
    }

    @Test func `by a lost file is found`() throws {
        for name in names.dropLast() {
            let damaged = disk.copy()
            damaged.lose(name)
            let log = try openLog(on: damaged)
            #expect(log.report.damage?.places.first?.name == name)
            #expect(log.report.damage?.places.first?.reason == "the file is missing")
            checkGroups(log, "\(name)")
        }
    }

    @Test func `stays until the groups are reset or removed, also when the place is gone`() throws {
        let damaged = disk.copy()
        damaged.edit(names[1]) { $0[200] ^= 1 }
        let groups = try #require(try openLog(on: damaged).report.damage?.groups)
        var busy: GroupID = 100
        do {
            // Others write on until the damaged file has been removed.
            var log = try openLog(on: damaged)
            #expect(log.report.damage?.groups == groups)
            for step in 0..<600 as Range<UInt64> {
                if step % 50 == 0 {
                    try log.append([.remove(busy)])
                    busy = busy.next
                    try log.append([beginning(of: busy)])
                }
                try log.append([commands(busy, from: step % 50 + 1, "some text, some more text")])
            }
        }
        #expect(try !damaged.names().contains(names[1]))
        do {
            var log = try openLog(on: damaged)
            #expect(log.report.damage?.groups == groups)
            #expect(log.report.damage?.places == [])
            for group in groups.dropFirst() {
                try log.append([beginning(of: group, peer: 5000)])
            }
            try log.append([.remove(groups[0])])
        }
        let log = try openLog(on: damaged)
        #expect(log.report.damage == nil)
        #expect(log.restored[groups[0]] == nil)
        for group in groups.dropFirst() { #expect(log.restored[group]?.peer == 5000) }
    }

    @Test func `of the only header leaves nothing to open`() throws {
        let disk = FaultyLogDisk()
        do {
            var log = try openLog(on: disk)
            try log.append([beginning(of: 1)])
        }
        disk.edit("0000000000000001.log") { $0[20] ^= 1 }
        let error = #expect(throws: StorageError.self) { _ = try openLog(on: disk) }
        guard case .corrupted = error else {
            Issue.record("not corrupted: \(String(describing: error))")
            return
        }
    }

    @Test func `that is found while the log runs fences it`() throws {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        try log.append([beginning(of: 1)])
        try log.append([commands(1, from: 1, "an idle text")])
        try log.append([beginning(of: 2)])
        disk.edit("0000000000000001.log") { bytes in
            let text = Array("an idle text".utf8)
            for start in 0..<4000 where Array(bytes[start..<start + text.count]) == text {
                bytes[start] ^= 1
            }
        }
        let error = #expect(throws: StorageError.self) {
            for index in 1...2000 as ClosedRange<UInt64> {
                let base = LogBase(
                    index: index, term: 1, configuration: Configuration(voters: [1]))
                try log.append([commands(2, from: index, "text"), .compact(2, base)])
            }
        }
        #expect("\(String(describing: error))".contains("has changed since it was written"))
        let damage = try openLog(on: disk).report.damage
        #expect(damage?.groups.contains(1) == true)
    }
}
