// Eight floats at a time, and the functions of them that LibTorch has no inline form of.
#ifndef CTORCH_VECTORS_H
#define CTORCH_VECTORS_H

#include <algorithm>
#include <cstdint>
#include <cstring>

// Marks a function that exists twice where the linker can choose at start-up: for any x86-64, and for those with AVX2.
// What it calls is compiled in with CTORCH_INLINE; no lambda, whose body would exist once only. The thread sanitizer would have the choice
// made before it has started itself.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CTORCH_ONE_VERSION
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(CTORCH_ONE_VERSION)
#define CTORCH_VECTORIZED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CTORCH_VECTORIZED
#endif
#define CTORCH_INLINE inline __attribute__((always_inline))

namespace ctorch {

constexpr int64_t lanes = 8;
// One register with AVX2, two of SSE or NEON; may lie anywhere in a row of floats.
typedef float Floats __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t Integers __attribute__((vector_size(32)));

CTORCH_INLINE Floats &floats_at(float *p) { return *reinterpret_cast<Floats *>(p); }
CTORCH_INLINE const Floats &floats_at(const float *p) { return *reinterpret_cast<const Floats *>(p); }

// The last few numbers of a row, padded to a vector: calls the function on them as on a whole one.
#define CTORCH_TAIL(values, begin, end, function)                                  \
    if ((begin) < (end)) {                                                         \
        float ctorch_tail[lanes] = {0};                                            \
        std::memcpy(ctorch_tail, (values) + (begin), ((end) - (begin)) * sizeof(float)); \
        function(floats_at(ctorch_tail));                                                 \
        std::memcpy((values) + (begin), ctorch_tail, ((end) - (begin)) * sizeof(float)); \
    }

CTORCH_INLINE void clamp(Floats &x, float low, float high) {
    const Floats lows = low - Floats{}, highs = high - Floats{};
    x = x < lows ? lows : x;
    x = x > highs ? highs : x;
}

// A ratio of polynomials that is within a few units in the last place (the one that Eigen uses); it keeps what is not
// a number.
CTORCH_INLINE void tanh(Floats &x) {
    clamp(x, -7.90531110763549805f, 7.90531110763549805f);
    const Floats square = x * x;
    Floats p = square * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * square + -8.60467152213735e-11f;
    p = p * square + 5.12229709037114e-08f;
    p = p * square + 1.48572235717979e-05f;
    p = p * square + 6.37261928875436e-04f;
    p = p * square + 4.89352455891786e-03f;
    Floats q = square * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * square + 2.26843463243900e-03f;
    q = q * square + 4.89352518554385e-03f;
    x = x * p / q;
}

CTORCH_INLINE void sigmoid(Floats &x) {
    x = x * 0.5f;
    tanh(x);
    x = x * 0.5f + 0.5f;
}

// 2^n · e^r with |r| ≤ ln(2) / 2 (the one of Cephes); below -87 it is about 1e-38.
CTORCH_INLINE void exponential(Floats &x) {
    clamp(x, -87.0f, 88.0f);
    const float shift = 12582912.0f;  // 1.5 · 2^23: adding it rounds to a whole number
    const Floats whole = (x * 1.44269504088896341f + shift) - shift;
    const Floats r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    Floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const Integers power = (__builtin_convertvector(whole, Integers) + 127) << 23;
    Floats scale;
    std::memcpy(&scale, &power, sizeof scale);
    x = p * scale;
}

CTORCH_INLINE float dot(const float *a, const float *b, int64_t n) {
    Floats sums = {0};
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) sums += floats_at(a + i) * floats_at(b + i);
    float sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

CTORCH_INLINE void add_scaled(float *__restrict to, const float *__restrict from, float factor, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

}  // namespace ctorch

#endif
