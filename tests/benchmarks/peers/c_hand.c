#include <math.h>

/* Sigmoid layers and a linear output, half the squared error. Weights row by row, then biases, layer after layer. */
void perceptron(int depth, const int *widths, const double *p, const double *x, const double *y,
                double *outputs, double *deltas, double *gradient, double *loss)
{
    const double *before = x, *weights = p;
    double *after = outputs;
    for (int layer = 0; layer < depth; layer++) {
        int inner = widths[layer], outer = widths[layer + 1];
        const double *biases = weights + (long)inner * outer;
        for (int j = 0; j < outer; j++) {
            double s = biases[j];
            for (int i = 0; i < inner; i++) s += weights[(long)j * inner + i] * before[i];
            after[j] = layer == depth - 1 ? s : 1 / (1 + exp(-s));
        }
        before = after;
        after += outer;
        weights = biases + outer;
    }
    double sum = 0, *delta = deltas, *above = delta;
    for (int j = 0; j < widths[depth]; j++) {
        delta[j] = before[j] - y[j];
        sum += delta[j] * delta[j];
    }
    *loss = sum / 2;
    for (int layer = depth - 1; layer >= 0; layer--) {
        int inner = widths[layer], outer = widths[layer + 1];
        weights -= (long)(inner + 1) * outer;
        const double *z = layer ? before - inner : x;
        double *own = gradient + (weights - p), *below = above + outer;
        for (int j = 0; j < outer; j++) {
            for (int i = 0; i < inner; i++) own[(long)j * inner + i] = above[j] * z[i];
            own[(long)inner * outer + j] = above[j];
        }
        if (layer) {
            for (int i = 0; i < inner; i++) below[i] = 0;
            for (int j = 0; j < outer; j++)
                for (int i = 0; i < inner; i++) below[i] += above[j] * weights[(long)j * inner + i];
            for (int i = 0; i < inner; i++) below[i] *= z[i] * (1 - z[i]);
        }
        before = z;
        above = below;
    }
}

/* A tanh unit over time, half the squared error at each step; p and gradient are w, u, b. */
void recurrent(int steps, const double *p, const double *x, const double *y, double *states, double *gradient, double *loss)
{
    double w = p[0], u = p[1], b = p[2], sum = 0, delta = 0, dw = 0, du = 0, db = 0;
    for (int t = 0; t < steps; t++) {
        states[t + 1] = tanh(w * x[t] + u * states[t] + b);
        double error = states[t + 1] - y[t];
        sum += error * error;
    }
    for (int t = steps - 1; t >= 0; t--) {
        double z = states[t + 1];
        delta = (z - y[t] + u * delta) * (1 - z * z);
        dw += delta * x[t];
        du += delta * states[t];
        db += delta;
    }
    *loss = sum / 2;
    gradient[0] = dw;
    gradient[1] = du;
    gradient[2] = db;
}
