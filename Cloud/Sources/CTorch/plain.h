// Every operation that has loops of our own, put together from LibTorch's operations: for tensors that do not lie in the CPU's
// memory.
//
// Shapes and results are those of the header that is named; gradients are autograd's. An index beyond its table is found by LibTorch's
// own kernels, on the device.
#ifndef CTORCH_PLAIN_H
#define CTORCH_PLAIN_H

#include <ATen/core/Tensor.h>

#include <optional>

#include "activation.h"
#include "ctorch.h"
#include "generated_dense.h"

namespace ctorch::plain {

// dense.h
at::Tensor dense(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias, Activation activation);

// generated_dense.h
at::Tensor generated_dense(const at::Tensor &x, const Generated &generated, Activation activation);

// gather.h
at::Tensor gather(
    const at::Tensor &table, const at::Tensor &indices, const std::optional<at::Tensor> &ages,
    const std::optional<at::Tensor> &age_indices, Activation activation);
at::Tensor gathered_dot(const at::Tensor &users, const at::Tensor &table, const at::Tensor &candidates);

// attention.h
at::Tensor attend(const at::Tensor &queries, const at::Tensor &memory, const at::Tensor &mask);

// causal_attention.h
at::Tensor attend_causally(
    const at::Tensor &queries, const at::Tensor &keys, const at::Tensor &values, int64_t heads);

// gru.h
at::Tensor gru(const at::Tensor &inputs, const at::Tensor &indices, const at::Tensor &weight, const at::Tensor &bias);

// stabilizer.h
at::Tensor join_candidates(const at::Tensor &candidates, double temperature);

// softmax_loss.h; the logits' memory is left as it is.
at::Tensor softmax_loss(
    const at::Tensor &logits, const at::Tensor &targets, const std::optional<at::Tensor> &shift,
    const std::optional<at::Tensor> &weights);

// dropout.h, with the same choice of elements; of half as many at most.
at::Tensor dropout(const at::Tensor &x, double rate, uint64_t seed);

// What LibTorch's fused Adam does on the CPU; on Apple's GPU that passes over `scale`, so that nothing would be clipped. Values, means
// and squares are changed; the gradients, which `scale` divides, are used up.
void adam(
    at::TensorList values, at::TensorList gradients, at::TensorList means, at::TensorList squares, int64_t step,
    double rate, double beta1, double beta2, double epsilon, double scale);

// images.h, of images with the zeros around them: [rows, height, width, channels] -> [rows, windows · size · size · channels], and
// the adjoint.
at::Tensor gathered(const at::Tensor &image, const ct_windows &windows);
at::Tensor scattered(const at::Tensor &patches, const ct_windows &windows, int64_t height, int64_t width);

}  // namespace ctorch::plain

#endif
