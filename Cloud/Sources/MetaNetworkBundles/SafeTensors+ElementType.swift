import Foundation
import MetaNetwork

extension SafeTensors {
    /// How a file that was read without an error stores its matrices.
    ///
    /// - Parameter file: The file.
    /// - Returns: Half precision where all of it is, eight bits where some of it is, else single precision.
    static func elementType(of file: Data) throws -> ElementType {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header =
            try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length)) as? [String: [String: Any]]
        let types = Set((header ?? [:]).values.compactMap { $0["dtype"] as? String })
        if types.contains(ElementType.int8.rawValue) { return .int8 }
        return types == [ElementType.float16.rawValue] ? .float16 : .float32
    }
}
