// What a dense layer ends with.
#ifndef CTORCH_ACTIVATION_H
#define CTORCH_ACTIVATION_H

#include <cstdint>

namespace ctorch {

enum class Activation { identity = 0, tanh = 1, relu = 2 };

// In place.
void activate(Activation activation, float *values, int64_t count);

// The gradient of what went in, from the values that came out and their gradient.
void activation_gradient(
    Activation activation, const float *values, const float *given, float *to, int64_t count);

}  // namespace ctorch

#endif
