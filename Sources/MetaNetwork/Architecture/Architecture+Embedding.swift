extension Architecture {
    /// Rows of a table that all nodes naming it share; index 0 is the padding and reads as zeros. T → T × width, or one item →
    /// width.
    public struct Embedding: OperationPayload {
        static let kind = "embedding"

        /// Name of the table.
        public var table: String
        /// Elements of a row.
        public var width: Int

        /// Creates the settings.
        public init(table: String = "items", width: Int) {
            self.table = table
            self.width = width
        }

        enum CodingKeys: String, CodingKey, CaseIterable { case table, width }

        /// Reads the settings; `width` is required.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            table = try values.decode(.table, or: "items")
            width = try values.decode(Int.self, forKey: .width)
        }
    }
}
