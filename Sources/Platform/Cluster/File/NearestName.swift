/// The candidate that `name` was probably meant to be, or nil if none is near.
///
/// Near: at most a third of the letters differ by insertion, deletion, substitution or swap of
/// neighbours. Ties go to the first.
///
/// - Complexity: O(candidates · length²); both are small.
func nearestName(to name: String, among candidates: [String]) -> String? {
    let distances = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
    guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(1, best.0.count / 3) ? best.0 : nil
}

/// The optimal string alignment distance.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var rows = [Array(0...right.count)]
    for i in 1..<(left.count + 1) {
        var row = [i]
        for j in 1..<(right.count + 1) {
            let change = left[i - 1] == right[j - 1] ? 0 : 1
            var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + change)
            if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                best = min(best, rows[i - 2][j - 2] + 1)
            }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[left.count][right.count]
}
