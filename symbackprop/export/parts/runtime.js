/* The functions of the language in double precision, as numeric/runtime.py has them: finite and accurate wherever the true
   value is a finite double, and what IEEE 754 has elsewhere. */

function identity(s) { return s; }

// 1/(1 + e^-s), with the exponential of a negative number only, so that nothing overflows.
function sigmoid(s) {
  if (s >= 0) return 1/(1 + Math.exp(-s));
  const power = Math.exp(s);
  return power/(1 + power);
}

// max(s, 0)
function relu(s) { return s > 0 ? s : 0; }

// s for positive s, a*s otherwise.
function leaky_relu(s, a) { return s > 0 ? s : a*s; }

// s for positive s, e^s - 1 otherwise; expm1 keeps the digits near 0.
function elu(s) { return s > 0 ? s : Math.expm1(s); }

// ln(1 + e^s) = max(s, 0) + ln(1 + e^-|s|)
function softplus(s) { return (s > 0 ? s : 0) + Math.log1p(Math.exp(-Math.abs(s))); }

// s*sigmoid(s)
function silu(s) { return s === -Infinity ? -0 : s*sigmoid(s); }

// 1 for positive s, 0 otherwise.
function step(s) { return s > 0 ? 1 : 0; }

// The greater of two numbers.
function maximum(s, t) { return s > t ? s : t; }

// The lesser of two numbers.
function minimum(s, t) { return s < t ? s : t; }

// e^(-u*u/2)
function bell(u) {
  const near = (u + TO_SIXTEENTHS) - TO_SIXTEENTHS;
  return Math.exp(-0.5*near*near)*Math.exp(-0.5*(u - near)*(u + near));
}

// The standard normal distribution, with the digits of its lower tail.
function normal_cdf(s) {
  const u = Math.min(Math.abs(s), LARGEST), t = (u - K)/(u + K);
  const ratio = MILLS.reduce((sum, coefficient) => sum*t + coefficient, 0);
  const tail = bell(u)*(ratio/(u + K));
  return s < 0 ? tail : 1 - tail;
}

// The density of the standard normal distribution.
function normal_pdf(s) { return NORMAL*bell(Math.min(Math.abs(s), LARGEST)); }

// s*normal_cdf(s)
function gelu(s) { return s === -Infinity ? -0 : s*normal_cdf(s); }

// 1 - tanh(s)^2
function sech_squared(s) {
  const power = Math.exp(-2*Math.abs(s));
  return 4*power/((1 + power)*(1 + power));
}

// 1 - z*z of z = tanh(s); from s where the difference would lose digits.
function tanh_rest(z, s) { return Math.abs(z) < 0.75 ? 1 - z*z : sech_squared(s); }

// a*ln(b), and 0 where a is 0: what is not the case adds nothing to a likelihood.
function xlogy(a, b) { return a !== 0 ? a*Math.log(b) : 0; }

// a/b, and 0 where a is 0: the slope of xlogy.
function xdivy(a, b) { return a !== 0 ? a/b : 0; }

// The sum of e^(own - greatest) over all of a layer but one that is the greatest.
function others(layer, greatest) {
  let total = 0, seen = false;
  for (const own of layer) {
    if (own !== greatest || seen) total += Math.exp(own - greatest);
    else seen = true;
  }
  return total;
}

// e^s over the sum of the exponentials of the layer, to which s belongs; less the greatest, so that nothing overflows.
function softmax(s, ...layer) {
  const greatest = Math.max(...layer);
  return Math.exp(s - greatest)/(1 + others(layer, greatest));
}

// ln softmax(s); log1p keeps the digits where the greatest is far above the others.
function log_softmax(s, ...layer) {
  const greatest = Math.max(...layer);
  return s - greatest - Math.log1p(others(layer, greatest));
}
