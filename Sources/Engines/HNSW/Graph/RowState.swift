/// What a row of the index is; the raw values are those of the stored form.
///
/// ```
///            insert                  remove               a sweep begins
///   free ───────────────▶ live ───────────────▶ tombstone ───────────────▶ condemned
///    ▲                      │ remove (a duplicate)                             │
///    └──────────────────────┴──────────────────────── the sweep ends ──────────┘
/// ```
enum RowState: UInt8 {
    /// Inserted, and not removed.
    case live = 0
    /// Removed, but a node of the graph still: walked through, never returned.
    case tombstone = 1
    /// A tombstone whose place in other nodes' lists is being filled; nothing links to it anew.
    case condemned = 2
    /// Nothing leads here; a later insert may use the slot when no reader can know it any more.
    case free = 3
}
