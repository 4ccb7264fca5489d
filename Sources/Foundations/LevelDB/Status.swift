import CLevelDB

/// Calls LevelDB and throws what it reports; the report is freed in every case.
func checked<Value>(
    at path: String,
    _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
) throws(LevelDBError) -> Value {
    var report: UnsafeMutablePointer<CChar>?
    let value = call(&report)
    guard let report else { return value }
    let status = String(cString: report)
    leveldb_free(report)
    throw LevelDBError(status: status, path: path)
}
