extension ExperimentResult {
    /// The JSON Schema (2020-12) of the JSON of this type.
    public static var schema: String { EmbeddedTexts.result_schema_json }
}
