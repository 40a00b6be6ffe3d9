/// Why bytes are not safetensors that this library accepts, or why weights cannot be written so.
public enum SafeTensorsError: Error, Sendable, Equatable {
    /// There are more bytes than the limit allows.
    case tooLarge(bytes: Int, limit: Int)
    /// There are fewer bytes than the header, or its length, needs.
    case truncatedHeader(needed: UInt64, available: Int)
    /// The header is longer than the limit allows.
    case headerTooLong(bytes: UInt64, limit: Int)
    /// The header is not the JSON object that the format asks for.
    case malformedHeader(offset: Int, reason: String)
    /// There are more tensors than the limit allows.
    case tooManyTensors(count: Int, limit: Int)
    /// The header's entry for a tensor, or for `__metadata__`, is not as the format asks for.
    case malformedEntry(name: String, reason: String)
    /// The values of a tensor are of a type that this library does not read.
    case unsupportedElementType(tensor: String, type: String)
    /// A tensor's shape and type need another number of bytes than its offsets span.
    case wrongSpan(tensor: String, needed: Int, found: Int)
    /// A tensor does not begin where the one before it ends: the values would overlap or leave a hole.
    case notContiguous(tensor: String, expected: Int, found: Int)
    /// The tensors do not cover the bytes behind the header: the file was cut short or something was appended.
    case wrongLength(described: Int, found: Int)
    /// A value is too large for the element type that it should be written as.
    case notRepresentable(tensor: String, index: Int, value: Float, type: SafeTensors.ElementType)
    /// There are more or fewer values to write than the tensors hold.
    case wrongValueCount(needed: Int, found: Int)
    /// A tensor may not bear the name that the format reserves.
    case reservedName(String)
}

extension SafeTensorsError: CustomStringConvertible {
    /// What is wrong, where, and how to fix it.
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "safetensors: \(bytes) bytes, the limit is \(limit); raise SafeTensorsLimits.totalBytes if this is expected"
        case .truncatedHeader(let needed, let available):
            "safetensors: the header needs \(needed) bytes, \(available) are there; the file was cut short or is of "
                + "another format: fetch it again"
        case .headerTooLong(let bytes, let limit):
            "safetensors: a header of \(bytes) bytes, the limit is \(limit); if this is a safetensors file, raise "
                + "SafeTensorsLimits.headerBytes"
        case .malformedHeader(let offset, let reason):
            "safetensors: byte \(offset) of the file: \(reason); write the file again with a safetensors library"
        case .tooManyTensors(let count, let limit):
            "safetensors: \(count) tensors, the limit is \(limit); raise SafeTensorsLimits.tensors if this is expected"
        case .malformedEntry(let name, let reason):
            "safetensors: '\(name)': \(reason); write the file again with a safetensors library"
        case .unsupportedElementType(let tensor, let type):
            "safetensors: tensor '\(tensor)' has type \(type), this library reads F32, F16 and scaled I8; convert it first"
        case .wrongSpan(let tensor, let needed, let found):
            "safetensors: tensor '\(tensor)' needs \(needed) bytes, its data_offsets span \(found); write the file again"
        case .notContiguous(let tensor, let expected, let found):
            "safetensors: tensor '\(tensor)' begins at \(found), the one before it ends at \(expected); write the file "
                + "again without holes and overlaps"
        case .wrongLength(let described, let found):
            "safetensors: the header describes \(described) bytes of values, \(found) are there; the file was cut short "
                + "or extended: fetch it again"
        case .notRepresentable(let tensor, let index, let value, let type):
            "safetensors: value \(index) of tensor '\(tensor)' is \(value), too large for \(type.rawValue); write F32"
        case .wrongValueCount(let needed, let found):
            "safetensors: the tensors hold \(needed) values, \(found) were given; give as many as their shapes say"
        case .reservedName(let name):
            "safetensors: no tensor may be named '\(name)'; give it another name"
        }
    }
}
