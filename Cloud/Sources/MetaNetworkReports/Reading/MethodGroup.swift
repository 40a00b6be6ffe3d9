import MetaNetworkExperiments

/// The methods of one model, in the order of rows and legends.
struct MethodGroup: Sendable {
    /// Name of the model.
    let model: String
    /// The methods by role, those of one role in the order of the result.
    let rows: [Row]

    /// A method and how it is drawn.
    struct Row: Sendable {
        /// What was measured.
        let method: MeasuredMethod
        /// How it is drawn.
        let style: MethodStyle
    }

    /// The groups of a result, in the order in which their models first occur.
    static func groups(_ methods: [MeasuredMethod]) -> [MethodGroup] {
        var seen: Set<String> = []
        return methods.map(\.model).filter { seen.insert($0).inserted }.map { model in
            MethodGroup(model: model, methods.filter { $0.model == model })
        }
    }

    /// The rows of methods of which a set says something; a trial's groups have metrics of their choices alone.
    func rows(of set: MeasuredSet) -> [Row] { rows.filter { $0.method.metrics[set.name] != nil } }

    private init(model: String, _ methods: [MeasuredMethod]) {
        self.model = model
        let ordered = Method.Role.allCases.flatMap { role in methods.filter { $0.role == role } }
        var place = 0
        rows = ordered.map { method in
            let style = MethodStyle(role: method.role, place: place)
            if method.role == .method || method.role == .baseline { place += 1 }
            return Row(method: method, style: style)
        }
    }
}
