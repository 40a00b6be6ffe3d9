import MetaNetwork
import Torch

/// The forms that have a learned vector for each user or device of training.
extension MetaGenerator {
    /// The vectors of some users, [n, h].
    ///
    /// - Parameter users: Indices of users, [n]. Where the generator is one device's alone all have its vector.
    func vectors(of users: Tensor) throws -> Tensor {
        let table = try parameters[Self.userTable]
        guard table.size(0) == 1 else { return try table.gather(users) }
        let zeros = [Int64](repeating: 0, count: users.size(0))
        return try table.gather(Tensor(indices: zeros, shape: [zeros.count]))
    }

    /// The vectors of some devices, [n, h].
    ///
    /// - Parameter places: Index of each device among those of training; `nil` for others, which have the mean of all.
    package func vectors(of places: [Int?]) throws -> Tensor {
        let table = try parameters[Self.userTable]
        let count = table.size(0)
        let indices = places.map { Int64($0.map { min($0, count) } ?? count) }
        return try Tensor.concatenate([table, mean(table)], axis: 0)
            .gather(Tensor(indices: indices, shape: [indices.count]))
    }

    private func mean(_ table: Tensor) throws -> Tensor {
        try (table.sum(axis: 0) * (1 / Double(table.size(0)))).reshape([1, table.size(1)])
    }

    /// The codes of the devices of training, [devices, rank].
    package func codes() throws -> [[Float]] {
        precondition(configuration.form.hasCodes, "the form has codes")
        let table = try parameters[Self.userTable]
        let (values, width) = (try table.floats(), table.size(1))
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }

    /// Takes over a basis and the codes of devices.
    ///
    /// - Parameters:
    ///   - rows: What each row of the basis makes of every dynamic tensor, as many as a code has values.
    ///   - codes: A code for each device that the generator has one for.
    /// - Throws: ``ModelError`` where the rows are those of another model.
    package func assign(basis rows: [Weights], codes: [[Float]]) throws {
        for name in layers.flatMap(\.tensors).map(\.name) {
            let values = try rows.flatMap { row in
                guard let tensor = row[name.text] else { throw ModelError.missingParameter(name.text) }
                return tensor.values
            }
            try parameters[name.decoder].assign(values)
        }
        try parameters[Self.userTable].assign(codes.flatMap { $0 })
    }

    /// The same generator for one device, whose code alone can be trained: it starts with the mean of all.
    package func forOneDevice() throws -> MetaGenerator {
        let table = try parameters[Self.userTable]
        let code = try withoutGradients { try Tensor(mean(table).floats(), shape: [1, table.size(1)]) }
        try code.requireGradient()
        return MetaGenerator(
            self,
            try ParameterSet(of: parameters, training: []).replacing(Self.userTable, by: code)
        )
    }

    /// The same generator with its basis to be trained and other codes, which stay as they are.
    ///
    /// - Parameter codes: A code for each device of training; `nil` for those that are there.
    package func withFixedCodes(_ codes: [[Float]]? = nil) throws -> MetaGenerator {
        let trained = Set(parameters.names).subtracting([Self.userTable.text])
        var copy = try ParameterSet(of: parameters, training: trained)
        if let codes, let rank = codes.first?.count {
            copy = copy.replacing(Self.userTable, by: try Tensor(codes.flatMap { $0 }, shape: [codes.count, rank]))
        }
        return MetaGenerator(self, copy)
    }

    /// What a bundle carries: the basis of each dynamic tensor, and the mean code, with which devices start.
    ///
    /// - Precondition: The form has codes.
    package func basis() throws -> Weights {
        try withoutGradients {
            let start = try mean(parameters[Self.userTable])
            var weights = Weights()
            weights[BundleLayout.basisStart] = try WeightTensor(shape: [start.size(1)], values: start.floats())
            for (name, shape) in layers.flatMap(\.tensors) {
                let values = try parameters[name.decoder].floats()
                weights[name] = try WeightTensor(shape: [start.size(1)] + shape, values: values)
            }
            return weights
        }
    }
}
