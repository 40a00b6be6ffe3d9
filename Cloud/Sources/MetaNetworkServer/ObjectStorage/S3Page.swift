import Foundation

/// A page of a listing of S3 (ListObjectsV2).
struct S3Page: Sendable, Equatable {
    let objects: [ObjectListing.Entry]
    let folders: [String]
    /// What asks for the next page; `nil` at the end.
    let next: String?

    /// Reads a page.
    ///
    /// - Returns: `nil` where it is none.
    init?(_ data: Data) {
        guard let document = S3Document(data), document.name == "ListBucketResult" else { return nil }
        var (objects, folders): ([ObjectListing.Entry], [String]) = ([], [])
        for child in document.children {
            switch child.name {
            case "Contents":
                guard let key = child["Key"], let date = child["LastModified"].flatMap(S3Document.date) else {
                    return nil
                }
                objects.append(.init(key: key, modified: date, bytes: child["Size"].flatMap { Int($0) }))
            case "CommonPrefixes":
                guard let folder = child["Prefix"] else { return nil }
                folders.append(folder)
            default: break
            }
        }
        (self.objects, self.folders) = (objects, folders)
        next = document["IsTruncated"] == "true" ? document["NextContinuationToken"] : nil
        // Half a listing would look like all of it.
        guard document["IsTruncated"] != "true" || next?.isEmpty == false else { return nil }
    }
}
