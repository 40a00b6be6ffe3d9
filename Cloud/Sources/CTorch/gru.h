// The gated recurrent unit over whole sequences, with its gradient.
#ifndef CTORCH_GRU_H
#define CTORCH_GRU_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// x [rows, steps, in] -> hidden states [rows, steps, units], gates in the order reset, update, new (as in PyTorch):
//   r = σ(x·Wr + br + h·Ur + cr), u = σ(x·Wu + bu + h·Uu + cu), n = tanh(x·Wn + bn + r ∘ (h·Un + cn)),
//   h' = (1 - u) ∘ n + u ∘ h.
// LibTorch's own at::gru records some ten operations a step; this records one for the whole sequence.
at::Tensor gru(
    const at::Tensor &x, const at::Tensor &input_weight, const at::Tensor &input_bias,
    const at::Tensor &recurrent_weight, const at::Tensor &recurrent_bias);

}  // namespace ctorch

#endif
