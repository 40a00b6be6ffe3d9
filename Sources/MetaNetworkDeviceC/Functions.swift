import CMetaNetworkDevice
import MetaNetwork
import MetaNetworkDevice

/// Opens a model. The header says the rest.
@c @implementation
public func metanetwork_open(
    _ architecture: UnsafePointer<UInt8>?,
    _ architecture_bytes: Int,
    _ items: Int,
    _ weights: UnsafePointer<UInt8>?,
    _ weights_bytes: Int,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> OpaquePointer? {
    ErrorText(error, error_bytes).run(or: nil) {
        let text = try Handle.memory(architecture, architecture_bytes, named: "architecture")
        guard items >= 0, items <= Int(Int32.max) else {
            throw Refusal("items is \(UInt(bitPattern: items)); the catalogue has at most \(Int32.max)")
        }
        let file = try Handle.memory(weights, weights_bytes, named: "weights")
        let model = try DeviceModel(
            try JSONValueDecoder.architecture(in: Array(text)),
            itemCount: items,
            weights: try SafeTensors.decode(UnsafeRawBufferPointer(file)).weights
        )
        return Handle(model).pointer
    }
}

/// Closes a model. The header says the rest.
@c @implementation
public func metanetwork_close(_ model: OpaquePointer?) { Handle.close(model) }

/// Swaps the dynamic layers for personal ones. The header says the rest.
@c @implementation
public func metanetwork_personalize(
    _ model: OpaquePointer?,
    _ weights: UnsafePointer<UInt8>?,
    _ weights_bytes: Int,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> Int32 {
    ErrorText(error, error_bytes).run(or: -1) {
        let handle = try Handle.open(model)
        let file = try Handle.memory(weights, weights_bytes, named: "weights")
        try handle.model.personalize(try SafeTensors.decode(UnsafeRawBufferPointer(file)).weights)
        return 0
    }
}

/// Goes back to the global dynamic layers. The header says the rest.
@c @implementation
public func metanetwork_depersonalize(_ model: OpaquePointer?) { (try? Handle.open(model))?.model.depersonalize() }

/// Whether personal layers are in use: 1 or 0. The header says the rest.
@c @implementation
public func metanetwork_is_personal(_ model: OpaquePointer?) -> Int32 {
    (try? Handle.open(model))?.model.isPersonal == true ? 1 : 0
}

/// Number of items of the catalogue. The header says the rest.
@c @implementation
public func metanetwork_items(_ model: OpaquePointer?) -> Int { (try? Handle.open(model))?.model.graph.itemCount ?? 0 }

/// Values of an input, or of the context. The header says the rest.
@c @implementation
public func metanetwork_inputs(_ model: OpaquePointer?) -> Int {
    (try? Handle.open(model))?.model.graph.inputCount ?? 0
}

/// Values of the output. The header says the rest.
@c @implementation
public func metanetwork_outputs(_ model: OpaquePointer?) -> Int { (try? Handle.open(model))?.outputs ?? 0 }
