// Elements that training sets to zero at random, with the gradient.
#ifndef CTORCH_DROPOUT_H
#define CTORCH_DROPOUT_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// Each element is zero with probability `rate`, the others are divided by 1 - rate. Which they are follows from the seed and
// the element's index alone: the same on any number of threads, and nothing is kept for the gradient.
at::Tensor dropout(const at::Tensor &x, double rate, uint64_t seed);

}  // namespace ctorch

#endif
