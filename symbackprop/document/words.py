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
LOSS = "Loss"
SLOPES = "Slopes of the activations"
BACKWARD = "Backward pass"
CACHED = "Cached terms"
SIGNALS = "Error signals"
UPDATES = "Update"
SAMPLES = "All samples"
READING = "What the factors say"
BOUND = "How fast the gradient can vanish"

NO_VALUES = "No values are given: everything stays symbolic."
FIRST_SAMPLE = "The numbers are those of the first sample; the others follow in the same way."
PARAMETERS = "Differentiated by: "
PER_UNIT = "Each unit forms its net input from its sources and applies its activation to it."
LOSS_IS = "The loss is {name}:"
LOSS_FORMULA = "The loss:"
SLOPES_INTRO = "The activation and its slope:"
SLOPES_INTRO_MANY = "The activations and their slopes:"
NESTED = "Each line put into the next, the network is one composite function of the given symbols:"
NESTED_TOO_LONG = "Written as one function, {name} would hold {count} symbols; from here on the steps above stand for it."
EQUATIONS_FORWARD = "The definitions in their order:"

BACKWARD_FACTORS = (
    "Start at the end and walk back one connection at a time. What is new in a line is {new}; a factor that comes again is named once, "
    "C with an index, and then reused."
)
BACKWARD_SIGNALS = (
    "Start at the end and walk back. C with an index is the partial accumulated up to a unit; what is new in a line is {new}."
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
PATH, SHARE = "path over", "share of the error signal"
SUM = "sum"

UPDATE_RULE = "Gradient {direction} moves every parameter by the learning rate times its partial, {sign}:"
DESCENT, ASCENT = "descent", "ascent"
DOWNHILL, UPHILL = "against it", "along it"
OVER_SAMPLES = "Here every partial is the {total} over all samples."
SIMULTANEOUS = "All parameters move together: no one is changed before every error signal is known."
PARAMETER, PARTIAL, STEP, NEW_VALUE = "parameter", "partial", "step", "new value"
UPDATE_CAPTION = "The update."
SAMPLE = "sample"
TOTAL = {"sum": "sum", "mean": "mean"}
ACCUMULATED = "The derivation is the same for every sample. The partials of all samples are {reduction} first; the parameters move once, after the last."
REDUCED = {"sum": "added", "mean": "averaged"}
SAMPLES_CAPTION = "Partials of each sample, accumulated before the one update."
SAMPLE_VALUES = "The samples:"

OUTPUT_NEGATIVE = "{partial} is negative: the loss falls when {output} rises, so the output is too small."
OUTPUT_POSITIVE = "{partial} is positive: the loss falls when {output} falls, so the output is too large."
OUTPUT_ZERO = "{partial}: the output is where the loss is flat, and nothing is passed back."
SLOPE_SHARE = "{slope} is positive and keeps the sign; it lets through {percent} of the steepest slope {largest}{state}."
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
