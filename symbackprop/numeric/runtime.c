/* The functions of the language in double precision, as runtime.py has them: finite and accurate wherever the true value is a
   finite double, and what IEEE 754 has elsewhere. */

static inline double sb_identity(double s) { return s; }
static inline double sb_sigmoid(double s) { return 1.0/(1.0 + exp(-s)); }
static inline double sb_relu(double s) { return s > 0.0 ? s : 0.0; }
static inline double sb_leaky_relu(double s, double a) { return s > 0.0 ? s : a*s; }
static inline double sb_elu(double s) { return s > 0.0 ? s : expm1(s); }
static inline double sb_softplus(double s) { return (s > 0.0 ? s : 0.0) + log1p(exp(-fabs(s))); }
static inline double sb_silu(double s) { return s == -INFINITY ? -0.0 : s*sb_sigmoid(s); }
static inline double sb_sign(double s) { return s > 0.0 ? 1.0 : s < 0.0 ? -1.0 : 0.0; }
static inline double sb_step(double s) { return s > 0.0 ? 1.0 : 0.0; }
static inline double sb_maximum(double s, double t) { return s > t ? s : t; }
static inline double sb_minimum(double s, double t) { return s < t ? s : t; }

static inline double sb_bell(double u)
{
    const double near = (u + TO_SIXTEENTHS) - TO_SIXTEENTHS;
    return exp(-0.5*near*near)*exp(-0.5*(u - near)*(u + near));
}

static inline double sb_normal_cdf(double s)
{
    const double u = fmin(fabs(s), LARGEST), t = (u - K)/(u + K);
    double ratio = 0.0;
    for (unsigned place = 0; place < sizeof MILLS/sizeof *MILLS; place++) ratio = ratio*t + MILLS[place];
    const double tail = sb_bell(u)*(ratio/(u + K));
    return isnan(s) ? s : s < 0.0 ? tail : 1.0 - tail;
}

static inline double sb_normal_pdf(double s) { return isnan(s) ? s : NORMAL*sb_bell(fmin(fabs(s), LARGEST)); }
static inline double sb_gelu(double s) { return s == -INFINITY ? -0.0 : s*sb_normal_cdf(s); }

static inline double sb_sigmoid_power(double s) { return exp(-s); }
static inline double sb_sigmoid_of_power(double p) { return 1.0/(1.0 + p); }
static inline double sb_sigmoid_rest(double p, double z) { return z != 0.0 ? p*z : 1.0; }

static inline double sb_sech_squared(double s)
{
    const double power = exp(-2.0*fabs(s));
    return 4.0*power/((1.0 + power)*(1.0 + power));
}

static inline double sb_tanh_rest(double z, double s) { return fabs(z) < 0.75 ? 1.0 - z*z : sb_sech_squared(s); }
static inline double sb_xlogy(double a, double b) { return a != 0.0 ? a*log(b) : 0.0; }
static inline double sb_xdivy(double a, double b) { return a != 0.0 ? a/b : 0.0; }

/* Of numbers that lie so many places apart: the greatest, and Σ e^(s − greatest) over all but one that is the greatest, so that
   log1p of it keeps the digits where that one is far above the others. */
static inline double sb_greatest(int count, const double *layer, int step)
{
    double greatest = layer[0];
    for (int place = 1; place < count; place++) if (layer[place*step] > greatest) greatest = layer[place*step];
    return greatest;
}

static inline double sb_others(int count, const double *layer, int step, double greatest)
{
    double total = 0.0;
    int seen = 0;
    for (int place = 0; place < count; place++)
        if (layer[place*step] != greatest || seen++) total += exp(layer[place*step] - greatest);
    return total;
}

/* Softmax, and its logarithm, of one number of a layer. */
static inline double sb_softmax(double s, int count, const double *layer)
{
    const double greatest = sb_greatest(count, layer, 1);
    return exp(s - greatest)/(1.0 + sb_others(count, layer, 1, greatest));
}

static inline double sb_log_softmax(double s, int count, const double *layer)
{
    const double greatest = sb_greatest(count, layer, 1);
    return s - greatest - log1p(sb_others(count, layer, 1, greatest));
}

/* The same of a whole row, in place. */
static inline void sb_softmax_row(double *row, int count, int step)
{
    const double greatest = sb_greatest(count, row, step), total = 1.0 + sb_others(count, row, step, greatest);
    for (int place = 0; place < count; place++) row[place*step] = exp(row[place*step] - greatest)/total;
}

static inline void sb_log_softmax_row(double *row, int count, int step)
{
    const double greatest = sb_greatest(count, row, step), rest = log1p(sb_others(count, row, step, greatest));
    for (int place = 0; place < count; place++) row[place*step] = row[place*step] - greatest - rest;
}

/* 1 − z of a softmax, in place: of one above ½ the sum of the others. */
static inline void sb_softmax_rest_row(double *row, int count, int step)
{
    double others = 0.0;
    for (int place = 0; place < count; place++) if (!(row[place*step] > 0.5)) others += row[place*step];
    for (int place = 0; place < count; place++) row[place*step] = row[place*step] > 0.5 ? others : 1.0 - row[place*step];
}
