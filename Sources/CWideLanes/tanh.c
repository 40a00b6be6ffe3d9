#include "wide_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,fma")))

// One step of Horner's scheme.
static inline WIDE __attribute__((always_inline)) __m256 times(__m256 sum, __m256 x, float coefficient) {
    return _mm256_fmadd_ps(sum, x, _mm256_set1_ps(coefficient));
}

WIDE void wide_lanes_tanh(float *row, ptrdiff_t lanes) {
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        // The polynomials of `Lanes.tanh`, which says where they come from; as there, NaN stays NaN.
        __m256 x = _mm256_loadu_ps(row + 8 * lane);
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
        _mm256_storeu_ps(row + 8 * lane, _mm256_div_ps(_mm256_mul_ps(x, numerator), denominator));
    }
}

#endif
