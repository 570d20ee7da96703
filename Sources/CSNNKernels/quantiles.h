/* Quantiles in fixed arithmetic: the bits of `StandardNormal` and `PoissonQuantile`. */
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma clang fp contract(off)

/* Rational approximations of the normal quantile (Wichura 1988, algorithm AS 241). */
static inline __attribute__((always_inline)) double snn_normal_central(double r) {
  double above = 2.5090809287301226727e+3, below = 5.2264952788528545610e+3;
  above = above * r + 3.3430575583588128105e+4;
  below = below * r + 2.8729085735721942674e+4;
  above = above * r + 6.7265770927008700853e+4;
  below = below * r + 3.9307895800092710610e+4;
  above = above * r + 4.5921953931549871457e+4;
  below = below * r + 2.1213794301586595867e+4;
  above = above * r + 1.3731693765509461125e+4;
  below = below * r + 5.3941960214247511077e+3;
  above = above * r + 1.9715909503065514427e+3;
  below = below * r + 6.8718700749205790830e+2;
  above = above * r + 1.3314166789178437745e+2;
  below = below * r + 4.2313330701600911252e+1;
  above = above * r + 3.3871328727963666080e+0;
  below = below * r + 1;
  return above / below;
}
static inline __attribute__((always_inline)) double snn_normal_middle(double r) {
  double above = 7.74545014278341407640e-4, below = 1.05075007164441684324e-9;
  above = above * r + 2.27238449892691845833e-2;
  below = below * r + 5.47593808499534494600e-4;
  above = above * r + 2.41780725177450611770e-1;
  below = below * r + 1.51986665636164571966e-2;
  above = above * r + 1.27045825245236838258e+0;
  below = below * r + 1.48103976427480074590e-1;
  above = above * r + 3.64784832476320460504e+0;
  below = below * r + 6.89767334985100004550e-1;
  above = above * r + 5.76949722146069140550e+0;
  below = below * r + 1.67638483018380384940e+0;
  above = above * r + 4.63033784615654529590e+0;
  below = below * r + 2.05319162663775882187e+0;
  above = above * r + 1.42343711074968357734e+0;
  below = below * r + 1;
  return above / below;
}
static inline __attribute__((always_inline)) double snn_normal_far(double r) {
  double above = 2.01033439929228813265e-7, below = 2.04426310338993978564e-15;
  above = above * r + 2.71155556874348757815e-5;
  below = below * r + 1.42151175831644588870e-7;
  above = above * r + 1.24266094738807843860e-3;
  below = below * r + 1.84631831751005468180e-5;
  above = above * r + 2.65321895265761230930e-2;
  below = below * r + 7.86869131145613259100e-4;
  above = above * r + 2.96560571828504891230e-1;
  below = below * r + 1.48753612908506148525e-2;
  above = above * r + 1.78482653991729133580e+0;
  below = below * r + 1.36929880922735805310e-1;
  above = above * r + 5.46378491116411436990e+0;
  below = below * r + 5.99832206555887937690e-1;
  above = above * r + 6.65790464350110377720e+0;
  below = below * r + 1;
  return above / below;
}

/* Natural logarithm of a positive normal number. */
static inline double snn_fixed_log(double x) {
  uint64_t bits;
  memcpy(&bits, &x, 8);
  double exponent = (double)((int)(bits >> 52 & 0x7FF) - 1023);
  bits = (bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
  double m;
  memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double sum = 1.0 / 21;
  for (double k = 19; k >= 3; k -= 2) sum = sum * z + 1 / k;
  const double artanh = s + s * (z * sum);
  return exponent * 0.693147180369123816490 + (2 * artanh + exponent * 1.90821492927058770002e-10);
}

static inline double snn_normal_tail(double p) {
  const int isLow = p - 0.5 < 0;
  const double tail = isLow ? p : 1 - p;
  const double r = sqrt(-snn_fixed_log(tail));
  const double magnitude = r <= 5 ? snn_normal_middle(r - 1.6) : snn_normal_far(r - 5);
  return isLow ? -magnitude : magnitude;
}

/* The least k with P(count <= k) > u for a Poisson count of the mean: by its sum up to a mean of 256, beyond that by the
 * normal quantile with its first correction. */
static inline double snn_poisson_quantile(double mean, double u) {
  if (!(mean > 0)) return mean != mean ? mean : 0;
  if (mean <= 256) {
    double term = exp(-mean), sum = term, k = 0;
    while (u >= sum && k < 4096) {
      k += 1;
      term *= mean / k;
      sum += term;
      if (term == 0) break;
    }
    return k;
  }
  if (u < 0x1p-53) u = 0x1p-53;
  const double q = u - 0.5;
  const double z = (q < 0 ? -q : q) <= 0.425 ? q * snn_normal_central(0.180625 - q * q) : snn_normal_tail(u);
  const double k = floor(mean + sqrt(mean) * z + (z * z - 1) / 6 + 0.5);
  return k > 0 ? k : 0;
}
