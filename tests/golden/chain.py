# A chain of two sigmoid units and a linear output
#
# objective_and_gradient gives the objective E and its gradient by w_in, w_j, w_k, for one sample.
# The self-check is run by: python chain.py
# Made by symbackprop VERSION.

import math


def exp(s):
    """eˢ; inf where it exceeds double precision."""
    try:
        return math.exp(s)
    except OverflowError:
        return math.inf


def objective_and_gradient(x_i, w_in, w_j, w_k, y):
    """Return the objective E and its gradient, by the name of the argument, for one sample."""

    # Forward pass
    s_j = w_in*x_i                            # net input of unit j
    exp_minus_s_j = exp(-s_j)
    z_j = 1.0/(1.0 + exp_minus_s_j)           # output of unit j, sigmoid
    one_minus_z_j = exp_minus_s_j*z_j if z_j > 0.0 else 1.0  # 1 - z_j, no digits lost
    s_k = w_j*z_j                             # net input of unit k
    exp_minus_s_k = exp(-s_k)
    z_k = 1.0/(1.0 + exp_minus_s_k)           # output of unit k, sigmoid
    one_minus_z_k = exp_minus_s_k*z_k if z_k > 0.0 else 1.0  # 1 - z_k, no digits lost
    s_o = w_k*z_k                             # net input of unit o
    z_o = s_o                                 # output of unit o, identity
    # loss, half squared error
    E_part = z_o - y
    E = 0.5*(E_part*E_part)

    # Backward pass
    dE_dz_o = E_part                          # partial by the output of unit o
    delta_o = dE_dz_o                         # error signal of unit o, dE/ds_o
    dE_dw_k = delta_o*z_k                     # gradient by w_k
    dE_dz_k = delta_o*w_k                     # partial by the output of unit k
    dz_k_ds_k = z_k*one_minus_z_k             # slope of unit k, dz_k/ds_k
    delta_k = dE_dz_k*dz_k_ds_k               # error signal of unit k, dE/ds_k
    dE_dw_j = delta_k*z_j                     # gradient by w_j
    dE_dz_j = delta_k*w_j                     # partial by the output of unit j
    dz_j_ds_j = z_j*one_minus_z_j             # slope of unit j, dz_j/ds_j
    delta_j = dE_dz_j*dz_j_ds_j               # error signal of unit j, dE/ds_j
    dE_dw_in = delta_j*x_i                    # gradient by w_in

    return E, {"w_in": dE_dw_in, "w_j": dE_dw_j, "w_k": dE_dw_k}


# The self-check: the network's values; the expected results were computed with 50 digits.
PARAMETERS = {"w_in": 2.0, "w_j": 5.0, "w_k": 3.0}
SAMPLES = [
    {"x_i": 1.0, "y": 3.0},
]
SHARE = 1.0  # of each sample in the totals
EXPECTED_OBJECTIVE = 0.0006567533232999491
OBJECTIVE_TOLERANCE = 6.567533232999491e-16
EXPECTED_GRADIENT = {
    "w_in": -0.0006812185750779524,
    "w_j": -0.0011429561683925088,
    "w_k": -0.035804496696725654,
}
GRADIENT_TOLERANCE = 3.580449669672565e-14
STEP = 1e-05  # of central differences, relative to values above 1
DIFFERENCE_TOLERANCE = 3.5804496696725654e-08
MOST_DIFFERENCES = 400  # partials compared with differences; of more, some evenly spread


def evaluated(put=lambda values: values):
    """The objective and the gradient of each sample; `put` may change its values."""
    return [objective_and_gradient(**put(PARAMETERS), **put(sample)) for sample in SAMPLES]


def total(numbers):
    """Numbers of all samples as one."""
    return SHARE * math.fsum(numbers)


def flat(values):
    """All numbers of a dictionary, in order."""
    return [number for value in values.values() for number in numbers(value)]


def numbers(value):
    """The numbers of nested lists, in order."""
    return [number for part in value for number in numbers(part)] if isinstance(value, list) else [value]


def moved(value, place, step):
    """A copy of nested lists of which one number, counted in order, is greater by a step."""
    if not isinstance(value, list):
        return value + step if place == 0 else value
    copy = []
    for part in value:
        copy.append(moved(part, place, step))
        place -= len(numbers(part))
    return copy


def objective_at(name, place, step):
    """The objective where one number of an argument is greater by a step."""

    def put(values):
        return {key: moved(value, place, step) if key == name else value for key, value in values.items()}

    return total(objective for objective, _ in evaluated(put))


def self_check():
    """Compare the function with what is expected, and its gradient with differences of its objective."""
    samples = evaluated()
    objective = total(objective for objective, _ in samples)
    partials = [total(column) for column in zip(*(flat(gradient) for _, gradient in samples))]
    expected = flat(EXPECTED_GRADIENT)
    values = {**PARAMETERS, **SAMPLES[0]}
    places = [(name, place) for name, value in EXPECTED_GRADIENT.items() for place in range(len(numbers(value)))]
    failed = []

    if not abs(objective - EXPECTED_OBJECTIVE) <= OBJECTIVE_TOLERANCE:
        failed.append(f"the objective is {objective!r}, expected {EXPECTED_OBJECTIVE!r}")
    for (name, place), partial, right in zip(places, partials, expected):
        if not abs(partial - right) <= GRADIENT_TOLERANCE:
            failed.append(f"the gradient by {name}, number {place}, is {partial!r}, expected {right!r}")
    print(f"objective and {len(expected)} partials against their expected values: {'wrong' if failed else 'ok'}")

    before, compared = len(failed), 0
    every = 1 + len(places) // MOST_DIFFERENCES
    for (name, place), partial in list(zip(places, partials))[::every]:
        if name not in values:
            continue
        step = STEP * max(1.0, abs(numbers(values[name])[place]))
        right = (objective_at(name, place, step) - objective) / step
        left = (objective - objective_at(name, place, -step)) / step
        # Left and right differ by curvature, or at a kink.
        tolerance = abs(right - left) + DIFFERENCE_TOLERANCE
        compared += 1
        if not abs((left + right) / 2 - partial) <= tolerance:
            failed.append(f"the gradient by {name}, number {place}, is {partial!r}, differences give {(left + right) / 2!r}")
    print(f"{compared} partials against central differences: {'wrong' if len(failed) > before else 'ok'}")
    print("\n".join(failed[:10]), end="\n" if failed else "")
    return not failed


if __name__ == "__main__":
    raise SystemExit(not self_check())
