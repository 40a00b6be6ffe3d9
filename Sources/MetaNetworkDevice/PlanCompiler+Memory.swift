import MetaNetwork

extension PlanCompiler {
    /// When a value that reads others can be computed.
    func domain(_ inputs: [Int]) -> Domain {
        let domains = inputs.compactMap { values[$0]?.domain }
        guard let first = domains.first, domains.contains(where: { $0 != first }) else { return domains.first ?? .user }
        return .candidate
    }

    func lanes(_ input: Int) -> Int { values[input]?.lanes ?? 0 }

    /// Numbers of a row of a value.
    func width(_ input: Int) -> Int {
        graph.nodes.indices.contains(input) ? graph.nodes[input].width : graph.inputShape?.width ?? 0
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
    ) -> Value? {
        let operands = inputs.map { operand($0, for: domain == .user ? values[$0]?.domain ?? domain : domain) }
        return append(domain, lanes) { out, lanes in step(operands, out, lanes) }
    }

    mutating func append(_ domain: Domain, _ lanes: Int, _ step: (Operand, Int) -> Step) -> Value {
        let out = reserve(lanes, domain)
        emit(domain, step(out, lanes))
        return Value(domain: domain, lanes: lanes, operand: out)
    }

    mutating func emit(_ domain: Domain, _ step: Step) {
        let instruction = Instruction(rows: rows(of: domain), step: step)
        switch domain {
        case .item: itemProgram.append(instruction)
        case .samples, .rows, .user: userProgram.append(instruction)
        case .candidate: candidateProgram.append(instruction)
        }
    }

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
    mutating func operand(_ input: Int, for domain: Domain) -> Operand {
        guard var value = values[input] else { return Operand(owner: .device, offset: 0, stride: 0) }
        defer { values[input] = value }
        return operand(&value, for: domain)
    }

    mutating func operand(_ value: inout Value, for domain: Domain) -> Operand {
        if let unformed = value.unformed {
            value.operand = form(unformed, lanes: value.lanes)
            value.unformed = nil
        }
        guard value.domain == .item, domain != .item else { return value.operand }
        if let gathered = value.gathered { return gathered }
        let (table, lanes) = (table(&value), value.lanes)
        let gathered = append(.candidate, lanes) { out, _ in .gather(table: table, lanes: lanes, out: out) }.operand
        value.gathered = gathered
        return gathered
    }

    mutating func table(_ input: Int) -> Int {
        guard var value = values[input] else { return 0 }
        defer { values[input] = value }
        return table(&value)
    }

    mutating func table(_ value: inout Value) -> Int {
        if let table = value.table { return table }
        let offset = layout.plan
        layout.plan += (graph.itemCount + 1) * value.lanes
        itemTables.append(ItemTable(scratch: value.operand.offset, lanes: value.lanes, offset: offset))
        value.table = offset
        return offset
    }

    mutating func load(_ name: String, _ matrix: PackedMatrix) -> Int {
        load(weights[name]?.values ?? [], matrix)
    }

    mutating func load(_ values: [Float], _ matrix: PackedMatrix) -> Int {
        let offset = layout.plan
        layout.plan += matrix.lanes
        loads.append(Load(values: values, matrix: matrix, offset: offset))
        return offset
    }

    mutating func dynamicTensor(_ name: String, _ shape: [Int], _ matrix: PackedMatrix) -> Operand {
        let offset = layout.device
        layout.device += matrix.lanes
        dynamicTensors.append(DevicePlan.DynamicTensor(name: name, shape: shape, matrix: matrix, offset: offset))
        return Operand(owner: .device, offset: offset, stride: 0)
    }
}
