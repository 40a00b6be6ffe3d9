// Causal attention of sequences on themselves, with its gradient.
#ifndef CTORCH_CAUSAL_ATTENTION_H
#define CTORCH_CAUSAL_ATTENTION_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// queries, keys and values [rows, steps, d], of which each head has d / heads columns
// -> for each head, softmax(scale · queries · keysᵀ) · values with step t reading steps 0 to t, [rows, steps, d];
// scale is 1 / √(d / heads).
at::Tensor attend_causally(
    const at::Tensor &queries, const at::Tensor &keys, const at::Tensor &values, int64_t heads);

}  // namespace ctorch

#endif
