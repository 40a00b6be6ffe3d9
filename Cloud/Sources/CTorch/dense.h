// A dense layer, with its gradient.
#ifndef CTORCH_DENSE_H
#define CTORCH_DENSE_H

#include <ATen/core/Tensor.h>

#include <optional>

#include "activation.h"

namespace ctorch {

// x [..., in], weight [in, out], bias [out] or none -> activation(x · weight + bias), [..., out].
at::Tensor dense(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias, Activation activation);

}  // namespace ctorch

#endif
