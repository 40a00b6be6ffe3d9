// The cross-entropy of a softmax over many items, without a second matrix of them.
#ifndef CTORCH_SOFTMAX_LOSS_H
#define CTORCH_SOFTMAX_LOSS_H

#include <ATen/core/Tensor.h>

#include <optional>

namespace ctorch {

// logits [rows, n], targets [rows] (int64), shift [n], weights [rows] -> the mean over the rows of
// -log(exp(x_t) / (exp(x_t) + sum over i != t of exp(x_i + shift_i))), times the row's weight; without shift and weights, the
// cross-entropy.
//
// With `overwrites` the memory of the logits first becomes the probabilities and then the gradient: no other operation may
// need the logits. Autograd raises an error where one had saved them.
at::Tensor softmax_loss(
    const at::Tensor &logits, const at::Tensor &targets, const std::optional<at::Tensor> &shift,
    const std::optional<at::Tensor> &weights, bool overwrites);

}  // namespace ctorch

#endif
