// Attention of a few queries a row on the row's sequence, with its gradient.
#ifndef CTORCH_ATTENTION_H
#define CTORCH_ATTENTION_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// queries [rows, n, m], memory [rows, steps, m], mask [rows, steps]: 0, or a large negative number where there is padding
// -> softmax(queries · memoryᵀ + mask) · memory, [rows, n, m].
at::Tensor attend(const at::Tensor &queries, const at::Tensor &memory, const at::Tensor &mask);

}  // namespace ctorch

#endif
