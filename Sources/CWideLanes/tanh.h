#pragma once

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,fma")))
#define WIDE_INLINE static inline WIDE __attribute__((always_inline))

// One step of Horner's scheme.
WIDE_INLINE __m256 times(__m256 sum, __m256 x, float coefficient) {
    return _mm256_fmadd_ps(sum, x, _mm256_set1_ps(coefficient));
}

// The polynomials of `Lanes.tanh`, which says where they come from; as there, NaN stays NaN.
WIDE_INLINE __m256 wide_tanh(__m256 x) {
    x = _mm256_max_ps(_mm256_set1_ps(-9), _mm256_min_ps(_mm256_set1_ps(9), x));
    __m256 square = _mm256_mul_ps(x, x);
    __m256 numerator = _mm256_set1_ps(1.318411e-8f);
    numerator = times(numerator, square, 2.0471749e-5f);
    numerator = times(numerator, square, 3.4865772e-3f);
    numerator = times(numerator, square, 0.13373193f);
    numerator = times(numerator, square, 0.9999999f);
    __m256 denominator = _mm256_set1_ps(7.702617e-7f);
    denominator = times(denominator, square, 3.2713774e-4f);
    denominator = times(denominator, square, 0.02584196f);
    denominator = times(denominator, square, 0.46706492f);
    denominator = times(denominator, square, 1);
    return _mm256_div_ps(_mm256_mul_ps(x, numerator), denominator);
}

// 1 / (1 + e^-x).
WIDE_INLINE __m256 wide_sigmoid(__m256 x) {
    __m256 half = _mm256_set1_ps(0.5f);
    return _mm256_fmadd_ps(wide_tanh(_mm256_mul_ps(x, half)), half, half);
}
