import MetaNetwork
import MetaNetworkDevice

/// A model behind a pointer of C. One thread uses it at a time: the header says so.
final class Handle {
    var model: DeviceModel
    /// What C gave as 32-bit indices; kept, so that the next call takes no memory.
    var history: [Int] = []
    var candidates: [Int] = []
    var values: [Float] = []

    init(_ model: consuming DeviceModel) { self.model = model }

    /// The handle as C gets it, which ``close(_:)`` frees.
    var pointer: OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// The handle behind a pointer that ``pointer`` gave and nobody has closed.
    ///
    /// - Throws: ``Refusal`` where there is none.
    static func open(_ pointer: OpaquePointer?) throws(Refusal) -> Handle {
        guard let pointer else { throw Refusal("the model is NULL; open one first") }
        return Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    static func close(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }

    /// Copies indices of C.
    ///
    /// - Parameter name: What the header calls them.
    /// - Throws: ``Refusal`` where there is no such memory.
    static func copy(
        _ indices: UnsafePointer<Int32>?,
        _ count: Int,
        named name: String,
        to copy: inout [Int]
    ) throws(Refusal) {
        let source = try memory(indices, count, named: name)
        copy.removeAll(keepingCapacity: true)
        for index in source { copy.append(Int(index)) }
    }

    /// A pointer with its size.
    ///
    /// - Throws: ``Refusal`` where it is NULL though something is to be there, or larger than any memory.
    static func memory<Element>(
        _ pointer: UnsafePointer<Element>?,
        _ count: Int,
        named name: String
    ) throws(Refusal) -> UnsafeBufferPointer<Element> {
        // A size above what an `Int` holds comes as a negative one.
        guard count >= 0, count <= Int.max / MemoryLayout<Element>.stride else {
            throw Refusal(
                "\(name) has \(UInt(bitPattern: count)) values, more than any memory; give its number of values"
            )
        }
        guard count == 0 || pointer != nil else {
            throw Refusal("\(name) is NULL and has \(count) values; give the values, or 0")
        }
        return UnsafeBufferPointer(start: pointer, count: count)
    }
}
