// The MetaStabilizer's weighted mean of candidates, with its gradient.
#ifndef CTORCH_STABILIZER_H
#define CTORCH_STABILIZER_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// candidates [groups, M, n]: A, M × n, in each group
// -> Σ_m α_m A_m with α = softmax(column sums of A·Aᵀ / temperature), [groups, n].
at::Tensor join_candidates(const at::Tensor &candidates, double temperature);

}  // namespace ctorch

#endif
