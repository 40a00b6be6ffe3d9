extension Architecture {
    /// The same model with every dense layer and convolution dynamic, so that a device learns all of it.
    ///
    /// The parameters are those of the model, in the same order. No node stands for a sample any more, as a dynamic layer may be before it.
    public var whollyDynamic: Architecture {
        var whole = self
        whole.sample = nil
        for index in whole.nodes.indices {
            switch whole.nodes[index].operation {
            case .dense(var dense):
                dense.isDynamic = true
                whole.nodes[index].operation = .dense(dense)
            case .convolution(var convolution):
                convolution.isDynamic = true
                whole.nodes[index].operation = .convolution(convolution)
            default: break
            }
        }
        return whole
    }
}
