// A dense layer whose weights are generated for each row of a batch, with its gradient.
#ifndef CTORCH_GENERATED_DENSE_H
#define CTORCH_GENERATED_DENSE_H

#include <ATen/core/Tensor.h>

#include "activation.h"

namespace ctorch {

// What the weights are made of: W[b] = weight + reshape(code[b] · weight_decoder, in × out) and
// bias[b] = bias + code[b] · bias_decoder.
struct Generated {
    at::Tensor code;            // [rows, rank]
    at::Tensor weight_decoder;  // [rank, in · out]
    at::Tensor weight;          // [in, out]
    at::Tensor bias_decoder;    // [rank, out]
    at::Tensor bias;            // [out]
};

// x [rows, n, in] -> activation(x[b, c] · W[b] + bias[b]), [rows, n, out].
at::Tensor generated_dense(const at::Tensor &x, const Generated &generated, Activation activation);

}  // namespace ctorch

#endif
