import Primitives
import Raft

/// Where what is alive of each group is in the log: no entries, only their places.
///
/// A replay and the running log keep it by the same rules, ``apply(_:at:)``.
struct LogBook {
    /// Every group that is there.
    private(set) var groups: [GroupID: GroupPlaces] = [:]

    /// The groups in order.
    var sortedGroups: [GroupID] { groups.keys.sorted() }

    /// Takes a record that stands at a place.
    mutating func apply(_ record: StoredRecord, at place: RecordPlace) {
        switch record {
        case .reset(let group, let head):
            groups[group] = GroupPlaces(head: head, reset: place)
        case .hardState(let group, let state):
            groups[group, default: GroupPlaces(unknownSince: place)].head?.hardState = state
        case .entries(let group, let entries):
            groups[group, default: GroupPlaces(unknownSince: place)].append(entries, at: place)
        case .compact(let group, let head):
            groups[group, default: GroupPlaces(unknownSince: place)].compact(to: head, at: place)
        case .remove(let group):
            groups[group] = nil
        case .damaged(let group):
            groups[group] = GroupPlaces(damagedAt: place)
        case .oldestSegment:
            break
        }
    }
}

/// Where a record stands.
struct RecordPlace: Hashable {
    /// The number of its segment.
    var segment: UInt64
    /// Where its frame begins.
    var frameOffset: Int
    /// Where it begins within its frame.
    var recordOffset: Int
    /// The number of its frame.
    var sequence: UInt64
}

/// Where what is alive of one group is.
struct GroupPlaces: Hashable {
    /// What it is besides entries; nil while a replay that began in the middle of the group's life
    /// has not come to a record that says it.
    var head: LogHead?
    /// The segment with the record that says so, apart from later hard states.
    private(set) var headSegment: UInt64
    /// The frame with which the group began, as far as is known.
    private(set) var resetSequence: UInt64 = 0
    /// The entries: ascending, in segments that ascend as well.
    ///
    /// There are gaps only in a replay that began in the middle of the group's life, where a later
    /// compaction closes them.
    private(set) var spans: [EntrySpan] = []
    /// Whether a record says that what was stored of the group is damaged.
    private(set) var isDamaged = false

    /// Entries that stand one behind the other in one record.
    struct EntrySpan: Hashable {
        var first: LogIndex
        var last: LogIndex
        /// About how many bytes the record has.
        var byteCount: Int
        var place: RecordPlace
    }

    init(head: LogHead, reset place: RecordPlace) {
        self.head = head
        headSegment = place.segment
        resetSequence = place.sequence
    }

    init(unknownSince place: RecordPlace) { headSegment = place.segment }

    init(damagedAt place: RecordPlace) {
        headSegment = place.segment
        isDamaged = true
    }

    /// The last index that is stored, or the base; nil if nothing is known.
    var lastIndex: LogIndex? {
        guard let head else { return spans.last?.last }
        return max(head.base.index, spans.last?.last ?? 0)
    }

    /// The oldest segment without which the group would not be whole.
    var oldestSegment: UInt64 { min(headSegment, spans.first?.place.segment ?? .max) }

    /// About how many bytes it would take to write the group anew.
    var liveByteCount: Int { spans.reduce(256) { $0 + $1.byteCount } }

    mutating func append(_ entries: [Entry], at place: RecordPlace) {
        guard let first = entries.first, let last = entries.last else { return }
        while let span = spans.last, span.last >= first.index {
            spans.removeLast()
            if span.first < first.index {
                var kept = span
                kept.last = first.index - 1
                spans.append(kept)
            }
        }
        spans.append(
            EntrySpan(
                first: first.index, last: last.index, byteCount: entries.estimatedByteCount,
                place: place))
    }

    mutating func compact(to head: LogHead, at place: RecordPlace) {
        self.head = head
        headSegment = place.segment
        let index = head.base.index
        spans.removeAll { $0.last <= index }
        if !spans.isEmpty { spans[0].first = max(spans[0].first, index + 1) }
    }

    /// Whether it is known who lives here, and every entry between the base and the last is there.
    var isWhole: Bool {
        guard let head, !isDamaged else { return false }
        var next = head.base.index + 1
        for span in spans {
            guard span.first == next else { return false }
            next = span.last + 1
        }
        return true
    }
}
