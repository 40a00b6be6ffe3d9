extension Architecture {
    /// Rows of a table that all nodes naming it share; index 0 is the padding and reads as zeros. T → T × width, or one item →
    /// width.
    public struct Embedding: OperationPayload {
        static let kind = "embedding"
        static let keys = ["table", "width"]

        /// Name of the table.
        public var table: String
        /// Elements of a row.
        public var width: Int

        /// Creates the settings.
        public init(table: String = "items", width: Int) {
            self.table = table
            self.width = width
        }

        /// Reads the settings; `width` is required.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.members()
            table = try members.decode("table", or: "items")
            width = try members.decode(Int.self, forKey: "width")
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(table, forKey: "table")
            try members.encode(width, forKey: "width")
        }

        var operation: Architecture.Operation { .embedding(self) }
    }
}
