import Foundation

extension URL {
    /// The extension without that of gzip, in lower case: `csv` of `log.CSV.gz`.
    var dataExtension: String {
        let last = pathExtension.lowercased()
        return last == "gz" ? deletingPathExtension().pathExtension.lowercased() : last
    }
}
