import MetaNetwork

extension PlanCompiler {
    /// When a value that reads others can be computed.
    @inline(never)
    func domain(_ inputs: [Int]) throws(DeviceModelError) -> Domain {
        let domains = try inputs.map { input throws(DeviceModelError) in try value(input).domain }
        return domains.allSatisfy { $0 == domains[0] } ? domains[0] : .candidate
    }

    /// A value that was compiled before; a graph's nodes are in order of evaluation.
    @inline(never)
    func value(_ input: Int) throws(DeviceModelError) -> Value {
        guard let value = values[input] else { throw .broken("value \(input) is read before it is compiled") }
        return value
    }

    @inline(never)
    func lanes(_ input: Int) throws(DeviceModelError) -> Int { try value(input).lanes }

    /// Elements of a row of a value.
    @inline(never)
    func width(_ input: Int) throws(DeviceModelError) -> Int {
        if graph.nodes.indices.contains(input) { return graph.nodes[input].width }
        let place = input - graph.nodes.count
        guard graph.inputs.indices.contains(place) else { throw .broken("the indices of items are no value") }
        return graph.inputs[place].shape.width
    }

    /// How many rows a value has.
    func rows(of domain: Domain) -> RowCount {
        switch domain {
        case .item, .candidate: .candidates
        case .samples: .samples
        case .rows(let count): .fixed(count)
        case .user: .one
        }
    }

    /// Adds a value that reads others: `step` gets their operands, the result's operand and its lanes.
    mutating func value(
        _ domain: Domain,
        _ lanes: Int,
        reading inputs: [Int],
        _ step: ([Operand], Operand, Int) -> Step
    ) throws(DeviceModelError) -> Value {
        let operands = try operands(inputs, for: domain)
        return append(domain, lanes) { out, lanes in step(operands, out, lanes) }
    }

    /// Where a step of a domain reads some values. One body for all steps, as what takes a closure is compiled for each of them.
    @inline(never)
    private mutating func operands(_ inputs: [Int], for domain: Domain) throws(DeviceModelError) -> [Operand] {
        var operands: [Operand] = []
        for input in inputs {
            operands.append(try operand(input, for: domain == .user ? value(input).domain : domain))
        }
        return operands
    }

    mutating func append(_ domain: Domain, _ lanes: Int, _ step: (Operand, Int) -> Step) -> Value {
        let out = reserve(lanes, domain)
        return emitted(domain, step(out, lanes), lanes, out)
    }

    @inline(never)
    private mutating func emitted(_ domain: Domain, _ step: Step, _ lanes: Int, _ out: Operand) -> Value {
        emit(domain, step)
        return Value(domain: domain, lanes: lanes, operand: out)
    }

    @inline(never)
    mutating func emit(_ domain: Domain, _ step: Step) {
        let instruction = Instruction(rows: rows(of: domain), step: step)
        switch domain {
        case .item: itemProgram.append(instruction)
        case .samples, .rows, .user: userProgram.append(instruction)
        case .candidate: candidateProgram.append(instruction)
        }
    }

    @inline(never)
    mutating func reserve(_ lanes: Int, _ domain: Domain) -> Operand {
        switch domain {
        case .item:
            defer { layout.scratch += lanes * DevicePlan.blockSize }
            return Operand(owner: .device, offset: layout.scratch, stride: lanes)
        case .samples: return reserveOnDevice(rows: graph.window, lanes)
        case .rows(let count): return reserveOnDevice(rows: count, lanes)
        case .user: return reserveOnDevice(rows: 1, lanes)
        case .candidate: return reserveOnDevice(rows: DevicePlan.blockSize, lanes)
        }
    }

    mutating func reserveOnDevice(rows: Int, _ lanes: Int) -> Operand {
        defer { layout.device += rows * lanes }
        // The one row of a user is read again for each candidate.
        return Operand(owner: .device, offset: layout.device, stride: rows == 1 ? 0 : lanes)
    }

    /// Where a step of a domain reads a value: an item's is gathered from its table where others than items read it.
    @inline(never)
    mutating func operand(_ input: Int, for domain: Domain) throws(DeviceModelError) -> Operand {
        var value = try value(input)
        defer { values[input] = value }
        return try operand(&value, for: domain)
    }

    @inline(never)
    mutating func operand(_ value: inout Value, for domain: Domain) throws(DeviceModelError) -> Operand {
        if let unformed = value.unformed {
            value.operand = try form(unformed, lanes: value.lanes)
            value.unformed = nil
        }
        guard value.domain == .item, domain != .item else { return value.operand }
        if let gathered = value.gathered { return gathered }
        let (table, lanes) = (table(&value), value.lanes)
        let gathered = append(.candidate, lanes) { out, _ in .gather(table: table, lanes: lanes, out: out) }.operand
        value.gathered = gathered
        return gathered
    }

    mutating func table(_ input: Int) throws(DeviceModelError) -> Int {
        var value = try value(input)
        defer { values[input] = value }
        return table(&value)
    }

    @inline(never)
    mutating func table(_ value: inout Value) -> Int {
        if let table = value.table { return table }
        let offset = layout.plan
        layout.plan += (graph.itemCount + 1) * value.lanes
        itemTables.append(ItemTable(scratch: value.operand.offset, lanes: value.lanes, offset: offset))
        value.table = offset
        return offset
    }

    /// The values of a tensor of the graph, which the weights were checked to have.
    @inline(never)
    func tensor(_ name: ParameterName) throws(DeviceModelError) -> [Float] {
        guard let tensor = weights[name] else { throw .missingTensor(name.text) }
        return tensor.values
    }

    @inline(never)
    mutating func load(_ name: ParameterName, _ matrix: PackedMatrix) throws(DeviceModelError) -> Int {
        load(try tensor(name), matrix)
    }

    @inline(never)
    mutating func load(_ values: [Float], _ matrix: PackedMatrix) -> Int {
        let offset = layout.plan
        layout.plan += matrix.lanes
        loads.append(Load(values: values, matrix: matrix, offset: offset))
        return offset
    }

    @inline(never)
    mutating func dynamicTensor(_ name: ParameterName, _ shape: [Int], _ matrix: PackedMatrix) -> Operand {
        let offset = layout.device
        layout.device += matrix.lanes
        dynamicTensors.append(DevicePlan.DynamicTensor(name: name, shape: shape, matrix: matrix, offset: offset))
        return Operand(owner: .device, offset: offset, stride: 0)
    }
}
