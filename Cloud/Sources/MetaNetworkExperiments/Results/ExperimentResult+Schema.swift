extension ExperimentResult {
    /// The JSON Schema (2020-12) of the JSON of this type.
    public static var schema: String { String(decoding: PackageResources.result_schema_json, as: UTF8.self) }
}
