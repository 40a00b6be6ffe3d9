import Crypto
import Foundation

extension SHA256 {
    /// The digest of some bytes in lower-case hexadecimal.
    static func hexadecimal(of data: Data) -> String {
        hash(data: data).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
