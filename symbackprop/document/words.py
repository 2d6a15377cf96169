"""All words of the pages, in English. Another language is another module with the same names.

Where a sentence holds mathematics it is a list of runs: strings and the keys of what is put in.
"""

from __future__ import annotations

import re

from .model import Run, Text


def fill(sentence: str, **parts: Run) -> Text:
    """A sentence with each ``{key}`` replaced by a run: words or mathematics."""
    runs = [parts[piece[1:-1]] if piece.startswith("{") else piece for piece in re.split(r"(\{\w+\})", sentence)]
    return tuple(run for run in runs if run != "")


LANGUAGE = "en"
TITLE = "Back-propagation"
EQUATIONS_LABEL, TABLE_LABEL = "equations", "table"

GIVEN = "Given"
FORWARD = "Forward pass"
COMPOSITE = "One function"
CLOSED = "Closed forms"
LOSS = "Loss"
SLOPES = "Slopes of the activations"
BACKWARD = "Backward pass"
CACHED = "Cached terms"
SIGNALS = "Error signals"
UPDATES = "Update"
SAMPLES = "All samples"
RESULT = "Result"
READING = "What the factors say"
BOUND = "How fast the gradient can vanish"

SYMBOLS = "Symbols"
TO_MATRICES = "From units to matrices"
ALL_AT_ONCE = "All samples at once"

NO_VALUES = "No values are given: everything stays symbolic."
FIRST_SAMPLE = "The numbers are those of the first sample; the others follow in the same way."
PARAMETERS = "Differentiated by: "
PER_UNIT = "Each unit forms its net input from its sources and applies its activation to it."
LOSS_IS, LOSS_AND_PENALTY = "The loss is {name}:", "The loss is {name} and, added to it, a penalty on the size of parameters:"
LOSS_FORMULA = "a formula of the network's own"
SLOPES_INTRO = "The activation and its slope:"
SLOPES_INTRO_MANY = "The activations and their slopes:"
NESTED = "Net inputs stand as they are defined; each output has everything before it put in, so that it is a function of the given symbols alone:"
NESTED_DEFINITIONS = "Each definition has everything before it put in, so that it is a function of the given symbols alone:"
NESTED_TOO_LONG = "Written as one function, {name} would hold {count} symbols; from here on the steps above stand for it."
NESTED_TOO_TALL = "Written as one function, {name} would take {count} lines; from here on the steps above stand for it."
CLOSED_TOO_LONG = "Those with more than {count} symbols are left out: the partials by "
CLOSED_INTRO = "With everything put in, the partials are functions of the given symbols alone:"
EQUATIONS_FORWARD = "The definitions in their order:"

BACKWARD_FACTORS = (
    "Start at the end and walk back one connection at a time. What is new in a line is {new}; a factor that comes again is named once, "
    "{cached} and so on, and then reused."
)
BACKWARD_SIGNALS = (
    "Start at the end and walk back. {cached} and so on are the partials accumulated up to a unit; what is new in a line is {new}."
)
BACKWARD_NONE = "Each partial written out, from the end back to its parameter. Nothing is named."
NEW = "blue"
CANCELS = "Loss and activation of the output cancel against each other:"
MEET = "Several paths lead on from here; their shares are added and the sum is named:"
DEFINED_APART = "Named before it is used:"
TOO_LONG = "Written out, this partial has more than {count} factors; the view with cached terms shows it."

TERM, EXPRESSION, VALUE, USED_IN, NAMED, EXPANDED = "term", "expression", "value", "used in", "operations", "unnamed"
SAVING = "Naming the terms takes {named} operations instead of {expanded} for the factors that the partials share."
TERMS_CAPTION = "Cached terms: what each stands for, where it is used and what it saves."

SIGNAL_MEANING = "The error signal of a unit is the partial of the loss by the unit's net input: how much the loss feels of it."
SIGNAL_MEANING_NEGATIVE = "The error signal of a unit is minus the partial of the loss by the unit's net input, so that a positive signal asks the unit for more."
SIGNAL_RULE = "Each is computed from the error signals of the units that read the unit's output; several readers are several paths, and their shares are added."
SIGNAL_PARTIALS = "A partial is the error signal of the unit that the parameter belongs to, times what the parameter multiplies:"
PATHS_CAPTION = "Unit {unit}: one line per path, then their sum."
ROUNDED_SHARES = " The shares are rounded here, the sum is not made of the rounded ones."
UNIT_OF_LAYER = "{unit} of layer {layer}"
UNIT_AT_STEP = "{unit} at step {step}"
PATH, SHARE = "path over", "share of the error signal"
SUM = "sum"

UPDATE_RULE = "Gradient {direction} moves every parameter by the learning rate times its partial, {sign}:"
DESCENT, ASCENT = "descent", "ascent"
DOWNHILL, UPHILL = "against it", "along it"
EACH_SAMPLE, ALL_SAMPLES = "For each sample:", "The {total} over all samples:"
OVER_SAMPLES = "Here every partial is the {total} over all samples."
SIMULTANEOUS = "All parameters move together: no one is changed before every error signal is known."
PARAMETER, PARTIAL, STEP, NEW_VALUE = "parameter", "partial", "step", "new value"
UPDATE_CAPTION = "The gradient, and the update it makes."
GRADIENT_CAPTION = "The gradient."
NONE = "–"
SAMPLE = "sample"
TOTAL = {"sum": "sum", "mean": "mean"}
ACCUMULATED = "The derivation is the same for every sample. The partials of all samples are {reduction} first; the parameters move once, after the last."
REDUCED = {"sum": "added", "mean": "averaged"}
SAMPLES_CAPTION = "Partials of each sample, accumulated before the one update."
SAMPLE_VALUES = "The samples:"
SAMPLES_IN_COLUMNS, SAMPLES_IN_ROWS = "The samples, one in each column:", "The samples, one in each row:"

OUTPUT_NEGATIVE = "{partial} is negative: the loss falls when {output} rises, so the output is too small."
OUTPUT_POSITIVE = "{partial} is positive: the loss falls when {output} falls, so the output is too large."
OUTPUT_ZERO = "{partial}: the output is where the loss is flat, and nothing is passed back."
SLOPE_SHARE = "{slope} is positive and keeps the sign; it lets through {percent} of the steepest slope\u00a0{largest}{state}."
SLOPE_PLAIN = "{slope} {effect}."
SLOPE_ZERO = "{slope}: unit {unit} passes nothing back at these values, and no parameter before it learns through it."
SATURATED = ": unit {unit} is nearly saturated"
STEEP = ": unit {unit} is near its steepest"
ALMOST_NOTHING = "less than 0.01 %"
KEEPS, TURNS = "is positive and keeps the sign", "is negative and turns the sign"
MAGNIFIES, WEAKENS, PASSES = "magnifies what passes", "weakens what passes", "passes it on unchanged"
WEIGHT = "{weight} {sign} and {size}."
WEIGHT_ZERO = "{weight}: nothing passes back along this connection."
PARTIAL_NEGATIVE = "{partial} is negative: a larger {parameter} lowers the loss, so {direction} {moves} it."
PARTIAL_POSITIVE = "{partial} is positive: a larger {parameter} raises the loss, so {direction} {moves} it."
RAISES, LOWERS = "raises", "lowers"
PARTIAL_ZERO = "{partial}: at these values the loss does not feel a small change of {parameter}."
READING_INTRO = "A partial is a product along the way back from the loss. The sign of the product is the product of the signs, its size the product of the sizes."
READING_GENERAL = (
    "The loss gives the first factor: positive where the output is too large, negative where it is too small, large where it is far off.",
    "A slope says how much an activation lets through: everything where it is steep, almost nothing where it is flat.",
    "A weight on the way back magnifies what passes where its size is above one and weakens it below; a negative one turns the sign.",
    "The last factor is what the parameter multiplies: a parameter whose source is near zero hardly matters, a bias always counts fully.",
)

BOUND_RULE = "The slope has a largest value:"
BOUND_SIGMOID = (
    "A sigmoid passes back at most a quarter of what it receives, times the weight: while no weight is larger than one in size, "
    "a reduction by at least 75 % in every layer, by 93.75 % over two. Larger weights can undo that, so they stand in the bound."
)
BOUND_STEP = "So the error signals are bounded, from the output back:"
BOUND_CAPTION = "Size of the error signals, and their bounds with the weights and with every weight at one."
UNIT, DEPTH, SIGNAL_SIZE, BOUND_SIZE, PLAIN_BOUND = "unit", "layers back", "size", "bound", "bound, weights at one"

# Pages of arrays: layers and array equations, with whole arrays or with indices.

COLUMNS = "Bold letters are vectors and matrices, plain letters with indices are their entries. Vectors are columns."
ROWS = "Bold letters are vectors and matrices, plain letters with indices are their entries. Vectors are rows."
ENTRYWISE = "{hadamard} multiplies entry by entry; functions, fractions and powers of arrays go entry by entry too. A bold one, {ones}, stands for ones in the shape that fits."
COUNTING = "Indices count from 1: {entry} is the entry that programs call {name}."
UNIT_VECTORS = "A bold e with an index is the vector that has a 1 in this place and zeros elsewhere."
IDENTITY_ENTRIES = "{identity} is 1 where the two indices are equal, and 0 elsewhere."
SYMBOL, MEANING, SHAPE, INDICES = "symbol", "meaning", "shape", "indices"
RANGE, BOTH = " = {first}, …, ", " = {first}, {last}"
INPUT, TARGET = "input", "target"
WEIGHTS, BIAS, NET_INPUT, OUTPUT = (
    "weights of layer {layer}",
    "bias of layer {layer}",
    "net input of layer {layer}",
    "output of layer {layer}",
)
LAYER_SIGNAL_NAME = "error signal of layer {layer}"
TOO_MANY_VALUES = "Given too, with more numbers than a page holds: "
TOO_MANY_SAMPLES = "There are {count} samples, more than a page holds."

PER_LAYER = "Each layer multiplies its input by its weights, adds its bias and applies its activation to every entry. Under each array stands its shape."
PER_LAYER_INDEX = "In each layer unit {j} adds up what reaches it over the weights of row {j}, and applies its activation:"
TAKEN_APART = "Taken apart, so that each line does one thing and its partials are known; a part without a name of its own has the letter of its formula, with a number in brackets:"
SOFTMAX_ROWS = "The softmax of a matrix is taken over each of its rows."
KINK_OF_L1 = "The size of a parameter has a kink at 0; its derivative there is taken to be 0."

BACKWARD_ARRAYS = "From the loss back, layer by layer: the gradient by each array has the shape of that array, and each is computed from what stands above it."
BACKWARD_EQUATIONS = "From the objective back: the gradient by each array has the shape of that array, and each is computed from what stands above it."
LAYER_SIGNAL = "The error signal of a layer is the gradient of the loss by the layer's net input: for each unit, how much the loss feels of it."
LAYER_SIGNAL_NEGATIVE = "The error signal of a layer is minus the gradient of the loss by the layer's net input, so that a positive entry asks its unit for more."
LAYER_BACK = "Layer {layer}:"
SOFTMAX_JACOBIAN = "Every output of a softmax reads every net input of its layer. The quotient rule gives its slopes; {identity} is 1 where the two indices are equal, and 0 elsewhere:"
SOFTMAX_UNITS_CANCEL = (
    "Loss and softmax cancel against each other; every output reads every net input, and the targets of a sample add up to 1:"
)
SOFTMAX_CHAIN = "The chain rule adds over all outputs:"
SOFTMAX_CANCELS = "The chain rule adds over all outputs. The output cancels, and the targets of a sample add up to 1:"
NEW_VALUES = "The new values:"

TO_MATRICES_INTRO = "One step of the network three times: entry by entry, with indices, and with whole arrays. It shows where the transposes come from."
SMALL_FORWARD = "Entry by entry:"
SMALL_NETWORK = "Entry by entry, in a network of the same kind where {reader} has {reader_size} entries and {read} has {read_size}:"
TIMES = " × "
SMALL_BACKWARD = (
    "Each entry of {read} stands in several lines and acts through each of them, so the chain rule adds one share for each:"
)
SMALL_BACKWARD_ONE = "Each entry of {read} stands in one line and acts through that one only:"
SMALL_COLLECTED = "Collected in the places that the entries of {read} have:"
GENERAL = "The same with indices: every line is one sum."
TURNED_ABOUT = "The forward sum runs over the second index of a matrix, along its rows; the backward one runs over the first, down its columns. The columns of a matrix are the rows of its transpose, so the backward sum is a product with the transpose."
INNER_INDEX = "Where a sum runs over an index that stands second in one factor and first in the next, it is a product of matrices; where there is no sum, each entry is the product of two entries."
WHOLE_ARRAYS = (
    "With whole arrays, the shapes below them: next to each other stand equal lengths, and what is left is the shape of the result."
)

SAMPLE_COLUMNS = "All {count} samples go through the network at once, one in each column: a bold capital stands for the columns of all samples side by side."
SAMPLE_ROWS = "All {count} samples go through the network at once, one in each row: a bold capital stands for the rows of all samples under one another."
BATCH_BACK = "The loss is now the {reduction} over all samples. The rules are those of one sample; a product of matrices adds over the samples by itself:"
BATCH_REDUCTION = {"sum": "sum", "mean": "mean"}
SAMPLE_SECOND = "All {count} samples go through the network at once: the second index counts the samples."
SAMPLE_FIRST = "All {count} samples go through the network at once: the first index counts the samples."
BIAS_INDEX = "A bias is added for every sample, so its gradient is the sum over the samples."
BIAS_COLUMNS = "A bias is added to every column, so its gradient is the sum of the columns, a product with a column of ones."
BIAS_ROWS = "A bias is added to every row, so its gradient is the sum of the rows, a product with a row of ones."

TIME = "The general step"
TIME_INTRO = "Away from both ends all steps are alike. Forward, step {t} computes"
TIME_BACK = "Backward, what a step passes on has a direct part, from the step itself, and a part that comes back from later steps:"
TIME_BACK_LATER = "Backward, all that a step passes on comes back from later steps:"
TIME_END = "At the last step, {T}, nothing comes back from later ones:"
TIME_SUMS = "A parameter is used at every step, so its partial is the sum over the steps:"
TIME_ONCE = "What the last step alone uses has a partial of one term:"
TIME_FACTOR = "One step back through {state} multiplies the gradient by"
TIME_GROWTH = "Over several steps back it is multiplied by several of these factors: where they stay below 1 in size it vanishes with the distance, above 1 it grows. In this network:"
STEP_COLUMN, FACTOR_COLUMN, PRODUCT_COLUMN, SIZE = "step", "factor", "product from the last step back", "size"
GROWTH_CAPTION = "What a gradient is multiplied by on its way back through the steps."
PLOT_TITLE = "The gradient through time"
PLOT_CAPTION = "The size of {partial} at each step."
PLOT_NORM_CAPTION = "The length (Euclidean norm) of {partial} at each step."
PLOT_DESCRIPTION = "A curve over the steps {first} to {last}: {sizes}."
FEW_OF_MANY_STEPS = "The network has {steps} steps; of values at every step the first two and the last are shown."

# Without colours: what the words that name a colour say instead.
UNCOLOURED = {"new": "underlined or in a bracket", "value": "", "gradient": ""}
IN_COLOUR = {"value": "\u00a0(in blue)", "gradient": "\u00a0(in red)"}  # in captions, behind what has the colour

# Web pages and notebooks.
CONTENTS = "Contents"
COPY_LATEX, COPIED = "Copy LaTeX", "Copied"
BY_COMPUTER = "The same by computer"
LOADED = "The network as text, and its derivation by the library symbackprop; what is shown is its gradient:"
CLOSED_FORM = "One partial as an expression of the given symbols alone:"
IN_CACHED_TERMS = "One partial in cached terms; written out it would be too long to read:"
IN_NUMBERS = "The derivation as a function, which returns the value and the gradient in double precision:"
DIFFERENCES = "The gradient against central differences, which know nothing of the chain rule:"
TEN_UPDATES = "Ten updates one after another, and the value before each:"
GITHUB_LIMIT = "GitHub leaves out mathematics at the end of a page with as much of it as this one. The HTML page has all of it."

# What a notation changes in the derivation, and the table of symbols.

SIGN_OF_NOTATION = "Error signals have the sign that the notation gives them, the opposite of the network's own."
WITH_HALF = "The squared error stands with the factor one half, as the notation has it. So it is half as large as the network's own, and its partials are, too."
WITHOUT_HALF = "The squared error stands without the factor one half, as the notation has it. So it is twice as large as the network's own, and its partials are, too."
FROM_TO = "The first index of a weight is the unit that it comes from, the second the unit that it leads to: a matrix of weights has a row for each source."
PER_LAYER_INDEX_FROM_TO = (
    "In each layer unit {j} adds up what reaches it over the weights of column {j}, and applies its activation:"
)
TURNED_ABOUT_FROM_TO = "The forward sum runs over the first index of a matrix, down its columns; the backward one runs over the second, along its rows. The rows of a matrix are the columns of its transpose, so the backward sum is a product with the transpose."
TO_FROM = "The first index of a weight is the unit that it leads to, the second the unit that it comes from: a matrix of weights has a row for each unit."
CHANGES = {"sign": SIGN_OF_NOTATION, "half": WITH_HALF, "whole": WITHOUT_HALF, "from to": FROM_TO, "to from": TO_FROM}

# Books.
NOTATION, PREFACE = "Notation", "Preface"
NOTATION_ROWS = (
    "input", "weight of the connection to unit k", "bias of unit k", "net input of unit j", "output of unit j",
    "prediction, the output of unit k", "activation, here a sigmoid", "slope of the activation", "target", "loss",
    "squared error, if its factor is fixed", "partial of the loss by a weight", "error signal of unit j", "cached term",
    "learning rate", "change of a weight in an update",
)  # fmt: skip
NOTATION_INTRO = "The letters of this book. What belongs to a unit carries the name of the unit as its index; here the units are j and, behind it, k."
EXERCISE, EXERCISES, SOLUTION, SOLUTIONS, INDEX = "Exercise", "Exercises", "Solution", "Solutions", "Index"
SOLUTION_ON = "Solution on page"
SOLUTION_OF = "Solution of exercise"
TASK, TASK_ALL = "Derive ", "Derive the partial of {loss} by every parameter"
TASK_END, TASK_EVALUATE = ".", ", first in symbols, then in numbers at the given values."
AND, COMMA, THE = " and ", ", ", "the "
INDEX_ACTIVATION = "{name} activation"
INDEX_RECURRENT, INDEX_SAMPLES = "recurrent network", "several samples"
INDEX_SECTIONS = {
    CACHED: "cached terms",
    SIGNALS: "error signals",
    BOUND: "vanishing gradient",
    TIME: "back-propagation through time",
    TO_MATRICES: "matrices, from units to",
    ALL_AT_ONCE: "batches",
    READING: "sign and size of factors",
}
COUNTING_FROM_0 = "Indices count from 0, as in programs: {entry} is {name}."
INPUTS, TARGETS = ("input", "inputs"), ("target", "targets")
CONNECTION_WEIGHTS = ("weight of the connection", "weights of the connections")
BIASES = ("bias", "biases")
NET_INPUTS = ("net input of unit {units}", "net inputs of the units {units}", "net inputs of the units")
OUTPUTS = ("output of unit {units}", "outputs of the units {units}", "outputs of the units before the last")
PREDICTIONS = (
    "output of unit {units}, the prediction",
    "outputs of the units {units}, the predictions",
    "outputs of the last units, the predictions",
)
OTHER_GIVEN = "given"
SIGNALS_ARE = ("error signal, {relation}", "error signals, {relation} and so on")
THE_LOSS, LOSS_WITH_NAME = "loss", "loss, {name}"
LOSS_WITH_PENALTY, PENALTY = "loss with its penalty", "penalty"
LEARNING_RATE = "learning rate"
CACHED_TERM = ("cached term", "cached terms")
ACTIVATION, ANY_ACTIVATION = "activation, {name}", "activation, any differentiable function"
GIVEN_SYMBOLS, PARAMETERS_ARE = ("given", "given"), ("parameter", "parameters")
DEFINED, OBJECTIVES = ("computed", "computed"), ("objective", "objective")

# Figures: titles, captions, and what is said to who cannot see them.

NETWORK_FIGURE, CIRCUIT_FIGURE, SIGNALS_FIGURE = "The network", "The circuit", "The flow of error signals"
SLOPES_FIGURE, SIZES_FIGURE = "Activations and slopes", "The size of the gradient by layer"
CHECK_FIGURE, UPDATES_FIGURE = "Central differences against the gradient", "The loss over updates"
NETWORK_CAPTION = "The network."
NETWORK_VALUES = "The network with values{value} and error signals{gradient}."
GENERAL_STEP_CAPTION = "One step of the network: what comes from earlier steps stands to the left."
CIRCUIT_CAPTION = "The circuit: at each edge the value that goes forward{value} and the gradient that comes back{gradient}. Where several edges leave one node, its gradient is the sum over them; a symbol that stands in several places is one node."
CIRCUIT_SYMBOLS = "The circuit: at each edge what goes forward{value} and the gradient that comes back{gradient}."
CIRCUIT_ARRAYS = "Each definition a node. As an array is no single number, each edge has the symbol of the gradient by what goes forward along it{gradient}; where several edges leave one node, each brings back a share of it."
CIRCUIT_STEP = "One step of many, so there are no numbers: each edge has the symbol of the gradient by what goes forward along it{gradient}; where several edges leave one node, each brings back a share of it."
CIRCUIT_VALUES = "The circuit: each definition a node with its value{value} and the gradient by it{gradient}; a symbol that stands in several places is one node."
CIRCUIT_PLAIN = "The circuit of the definitions."
CIRCUIT_LEFT_OUT = "The parameters are left out."
CIRCUIT_ROWS = (
    "Where it takes several rows, an arrow to a symbol or to a number in parentheses goes on where a later row begins with it."
)
SIGNALS_CAPTION = (
    "The way back: what arrives over an arrow is multiplied by its factor; where several arrows meet, their shares are added."
)
SIGNALS_ARRAYS = "The way back: each arrow carries its share; where several arrows meet, their shares are added."
SIGNALS_PLAIN = "The way back: where several arrows meet, their shares are added."
SLOPES_CAPTION = "The activations{value} and their slopes{gradient}."
SLOPES_MARKED = "The activations{value} and their slopes{gradient}; the dots are the units at the given values."
SIZES_CAPTION = "The length of the vector of error signals in each layer, from the input to the output."
PARTIALS_CAPTION = "The length of the vector of partials by each parameter."
CHECK_CAPTION = "The relative error of the central difference with step ε in double precision, along the gradient. Where ε is large the error falls with its square, where it is small rounding makes it grow with 1/ε."
UPDATES_CAPTION = "The loss over {count} updates."
FIRST_SAMPLE_SHORT = "The numbers are those of the first sample."
LAYER_COLUMN, RELATIVE_ERROR, NUMBER_OF_UPDATES = "layer", "relative error", "updates"
DIAGRAM_COLUMNS = "From left to right: {columns}."
NEXT_COLUMN = ". Then: "
DIAGRAM_EDGES = "{count} arrows join them."
DIAGRAM_EDGE = "From {first} to {last}"
DIAGRAM_ROLES = {"value": "value {number}", "gradient": "gradient {number}"}
DIAGRAM_SAME = "{label} number {number}"  # of several nodes with one label
WITH_BIAS = "bias {bias}"
LEFT_OUT = "some that are left out"
SLOPES_DESCRIPTION = "Curves of {functions} with their slopes for arguments from −5 to 5."
POINTS_DESCRIPTION = "A curve: {points}."
POINT_DESCRIPTION = "{name}: {size}"

# The rows of a table as a list, where lines are too narrow for it.

AFTER_FIRST_CELL, BETWEEN_CELLS = ": ", ", "

# Of the general step, where a step reads further back than one.
TIME_NEAR_END = "Just before it there are fewer later steps to come back from:"
TIME_INITIAL = "An initial value is read by the first steps only:"

# What is said of losses and functions, by the names that network files have for them.

LOSS_TITLES = {
    "half_squared_error": "half the squared error",
    "squared_error": "the squared error",
    "mean_squared_error": "the mean squared error",
    "binary_cross_entropy": "the binary cross-entropy",
    "negative_log_likelihood": "the negative log-likelihood",
    "cross_entropy": "the cross-entropy",
    "absolute_error": "the absolute error",
    "huber": "the Huber loss",
    "hinge": "the hinge loss",
}
ACTIVATION_TITLES = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "silu": "SiLU",
    "gelu": "GELU",
    "tanh": "hyperbolic tangent",
    "sin": "sine",
}
KINKS = {
    "relu": "ReLU has a kink at 0; its derivative there is taken to be 0.",
    "leaky_relu": "Leaky ReLU has a kink at 0; its derivative there is taken to be the slope of the negative side.",
    "abs": "The absolute value has a kink at 0; its derivative there is taken to be 0.",
    "maximum": "The maximum has a kink where its arguments are equal; the derivative there goes to the second one.",
    "minimum": "The minimum has a kink where its arguments are equal; the derivative there goes to the second one.",
    "absolute_error": "The absolute error has a kink at 0; its derivative there is taken to be 0.",
    "hinge": "The hinge loss has a kink at margin 1; its derivative there is taken to be 0.",
}

# What sections say of what is on the page.

SIGN_IN_FIGURE = "The error signals in the figure have the sign that the notation gives them, the opposite of the network's own."
FUNCTION_MEANINGS = {
    "step": "{step} is 1 where {s} is positive, and 0 elsewhere.",
    "normal_cdf": "{normal_cdf} is the distribution function of the standard normal distribution, {normal_pdf} its density.",
}
INITIAL_VALUES = ("initial value, before the first step", "initial values, before the first step")


# How the lines of a page have been checked.
VERIFIED = "Verified"
VERIFIED_INTRO = "Before this page was printed, {lines} equations, relations in the text and cells of tables were evaluated again, from what is printed; cells of tables also belong to the symbols at the head of their row and column. Figures, numbers inside sentences, counts of operations and what a term is used in are not part of this."
VERIFIED_POINTS = ("one point", "{count} points")
VERIFIED_SYMBOLS = "Symbols: {sides} relations between sides, at {points} of random values for all that is given, computed with {digits}. The largest relative difference between two sides is {error}."
VERIFIED_DERIVATIVES = "The derivatives at these points come from automatic differentiation of the forward pass, which does not use the derivation above."
VERIFIED_NUMBERS = "Numbers: {numbers}, each against the quantity that it stands for, computed from the given values with {digits} digits. Half a unit of the last printed digit is rounded up."
VERIFIED_SIGNS = "Relations between numbers: from the printed digits alone, = where both sides are equal, ≈ where the right side is the left one rounded."
VERIFIED_NOT = "Not evaluated: {count}, {reason}."
VERIFIED_REFUSED = "A page with a line that does not hold is refused."


def activation_title(name: str) -> str:
    """What an activation is called in a sentence."""
    return ACTIVATION_TITLES.get(name, name.replace("_", " "))


def loss_is(function: str, penalised: bool) -> str:
    """The sentence before a loss: what it is called, and whether there is a penalty beside it."""
    return (LOSS_AND_PENALTY if penalised else LOSS_IS).format(name=LOSS_TITLES.get(function, LOSS_FORMULA))
