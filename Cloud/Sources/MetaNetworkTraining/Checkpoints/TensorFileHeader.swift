import Foundation

/// What a file of safetensors says before the values, all of which are 32-bit floats, for files that are read and written piece by piece.
struct TensorFileHeader {
    var metadata: [String: String]
    var entries: [String: Entry]

    /// A tensor.
    struct Entry {
        let shape: [Int]
        /// Bytes from the end of the header on.
        let span: Range<Int>
    }

    /// Bytes of a value.
    static let valueBytes = 4
    /// Bytes of the header's length, before it.
    static let lengthBytes = 8

    init(metadata: [String: String], entries: [String: Entry]) { (self.metadata, self.entries) = (metadata, entries) }

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - bytes: What stands behind its length.
    ///   - valueBytes: Bytes of the file behind it.
    /// - Throws: What is wrong.
    init(_ bytes: [UInt8], before valueBytes: Int) throws {
        let read = try JSONDecoder().decode(Members.self, from: Data(bytes))
        (metadata, entries) = (read.metadata, read.entries)
        var end = 0
        // A tensor of no bytes lies before one that begins at the same place.
        let order = entries.values.map(\.span).sorted {
            ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
        }
        for span in order {
            guard span.lowerBound == end else { throw Fault("its tensors overlap, or leave a hole") }
            end = span.upperBound
        }
        guard end == valueBytes else { throw Fault("it has \(valueBytes) bytes of values and should have \(end)") }
    }

    /// The length and the header.
    var bytes: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var header = try encoder.encode(Members(metadata: metadata, entries: entries))
            // The values lie aligned.
            while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
            return Data((0..<Self.lengthBytes).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }) + header
        }
    }

    /// What is wrong with a file.
    struct Fault: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// The header as JSON.
    private struct Members: Codable {
        var metadata: [String: String]
        var entries: [String: Entry] = [:]

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
            static let metadata = Key(stringValue: "__metadata__")
        }

        private struct Tensor: Codable {
            let dtype: String
            let shape: [Int]
            let offsets: [Int]

            enum CodingKeys: String, CodingKey {
                case dtype, shape
                case offsets = "data_offsets"
            }

            /// Bytes of the values; `nil` where no file has as many, or the shape is none.
            var bytes: Int? {
                guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
                var bytes = TensorFileHeader.valueBytes
                for length in shape {
                    let (product, overflows) = bytes.multipliedReportingOverflow(by: length)
                    guard !overflows else { return nil }
                    bytes = product
                }
                return bytes
            }
        }

        init(metadata: [String: String], entries: [String: Entry]) {
            (self.metadata, self.entries) = (metadata, entries)
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
            for key in container.allKeys where key.stringValue != Key.metadata.stringValue {
                let tensor = try container.decode(Tensor.self, forKey: key)
                let (name, offsets) = (key.stringValue, tensor.offsets)
                guard tensor.dtype == "F32", offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1],
                    tensor.bytes == offsets[1] - offsets[0]
                else { throw Fault("the entry of '\(name)' is damaged") }
                entries[name] = Entry(shape: tensor.shape, span: offsets[0]..<offsets[1])
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(metadata, forKey: .metadata)
            for (name, entry) in entries {
                let tensor = Tensor(
                    dtype: "F32",
                    shape: entry.shape,
                    offsets: [entry.span.lowerBound, entry.span.upperBound]
                )
                try container.encode(tensor, forKey: Key(stringValue: name))
            }
        }
    }
}
