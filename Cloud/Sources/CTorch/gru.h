// The gated recurrent unit over whole sequences, with its gradient.
#ifndef CTORCH_GRU_H
#define CTORCH_GRU_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// inputs [items, 3·units], already multiplied by the input's weights, at indices [rows, steps] -> hidden states
// [rows, steps, units], gates in the order reset, update, new (as in PyTorch):
//   r = σ(xr + h·Ur + cr), u = σ(xu + h·Uu + cu), n = tanh(xn + r ∘ (h·Un + cn)), h' = (1 - u) ∘ n + u ∘ h.
// LibTorch's own at::gru records some ten operations a step; this records one for the whole sequence, and a thread
// walks through all steps of its rows without waiting for the others.
at::Tensor gru(const at::Tensor &inputs, const at::Tensor &indices, const at::Tensor &weight, const at::Tensor &bias);

}  // namespace ctorch

#endif
