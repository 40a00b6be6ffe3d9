// A dense layer whose weights are generated for each row of a batch, with its gradient.
#ifndef CTORCH_GENERATED_DENSE_H
#define CTORCH_GENERATED_DENSE_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// y[b, c] = x[b, c] · W[b], with W[b] = base + reshape(code[b] · decoder, in × out).
//
// x [rows, n, in], code [rows, rank], decoder [rank, in · out], base [in, out] -> [rows, n, out].
//
// LibTorch's own operations would form it from products of many small matrices and sums over the axes of (code ⊗ x);
// here these are loops over memory that is in the cache.
at::Tensor generated_dense(
    const at::Tensor &x, const at::Tensor &code, const at::Tensor &decoder, const at::Tensor &base);

}  // namespace ctorch

#endif
