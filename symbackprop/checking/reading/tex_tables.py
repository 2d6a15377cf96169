"""What the commands of LaTeX mean in a claim."""

from __future__ import annotations

from ...document.greek import GREEK

SKIPPED = {
    r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\quad", r"\qquad", r"\displaystyle", r"\textstyle", r"\scriptstyle", r"\limits",
    r"\nolimits", r"\allowbreak", r"\relax", r"\medspace", r"\thinspace", r"\nonumber", r"\notag", r"\hfill", "&", "$",
}  # fmt: skip
SIGNS = {
    "+": "+", "-": "-", "*": "*", "/": "/", ",": ",", "(": "(", ")": ")", "[": "(", "]": ")", "|": "|", r"\{": "(", r"\}": ")",
    r"\cdot": "*", r"\times": "*", r"\ast": "*", r"\odot": "⊙", r"\circ": "⊙", r"\lvert": "|", r"\rvert": "|", r"\vert": "|",
    r"\lbrack": "(", r"\rbrack": ")", r"\lparen": "(", r"\rparen": ")", r"\div": "/", r"\otimes": "*", ";": ",", r"\\": r"\\",
}  # fmt: skip
SIZES = {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")} | {
    r"\left",
    r"\right",
    r"\middle",
}
# Commands that do not change what is said: (arguments before what is shown, whether anything is shown).
ROLES = {
    r"\sbnew": (0, True), r"\sbvalue": (0, True), r"\sbgradient": (0, True), r"\sbcached": (0, True), r"\boxed": (0, True),
    r"\underline": (0, True), r"\textcolor": (1, True), r"\mathcolor": (1, True), r"\color": (1, False), r"\colorbox": (1, True),
    r"\underset": (1, True), r"\overset": (1, True), r"\underbrace": (0, True), r"\overbrace": (0, True), r"\mathop": (0, True),
    r"\phantom": (1, False), r"\hphantom": (1, False), r"\vphantom": (1, False), r"\label": (1, False), r"\tag": (1, False),
    r"\hspace": (1, False), r"\mathstrut": (0, False), r"\strut": (0, False), r"\sbdefine": (0, True), r"\mathbin": (0, True),
    r"\mathrel": (0, True), r"\mathord": (0, True), r"\cancel": (0, True), r"\ensuremath": (0, True),
}  # fmt: skip
LABELLED = (r"\sbdefine",)
BRACES = (r"\underbrace", r"\overbrace")
HANDLERS = {
    r"\frac": "fraction", r"\dfrac": "fraction", r"\tfrac": "fraction", r"\cfrac": "fraction", r"\sqrt": "root",
    r"\sum": "sum_sign", r"\begin": "environment",
}  # fmt: skip
LETTERS = {
    *(f"\\{name}" for name in GREEK.values()), r"\ell", r"\varepsilon", r"\varphi", r"\vartheta", r"\varsigma", r"\varrho",
}  # fmt: skip
FONTS = {
    r"\mathrm", r"\mathbf", r"\mathit", r"\mathsf", r"\mathcal", r"\mathscr", r"\mathbb", r"\mathfrak", r"\boldsymbol", r"\bm",
    r"\text", r"\textrm", r"\textbf", r"\textit", r"\operatorname", r"\operatorname*", r"\pmb",
}  # fmt: skip
ACCENTS = {r"\widehat": r"\hat", r"\overline": r"\bar", r"\widetilde": r"\tilde", r"\overrightarrow": r"\vec"}
FUNCTIONS = {r"\tanh", r"\exp", r"\ln", r"\log", r"\sin", r"\cos", r"\max", r"\min"}
FUNCTION_WORDS = {
    *("ReLU", "relu", "LReLU", "ELU", "softplus", "SiLU", "GELU", "sgn", "sign", "abs", "tanh", "exp", "ln", "log", "sigmoid"),
    *("softmax", "id", "max", "min", "step"),
}  # fmt: skip
WORDS = {"net", "out", "yhat", "eta", "lr", "new", "loss", "Loss", "output", "act", "in"}
WRAPPERS = {"equation", "align", "aligned", "gather", "gathered", "math", "displaymath", "split", "multline"}
MATRICES = {"matrix", "bmatrix", "pmatrix", "Bmatrix", "smallmatrix", "array", "psmallmatrix", "bsmallmatrix"}
NEW = {"+", "new", "(t+1)", "(n+1)", "(k+1)", "(i+1)", "t+1", "n+1"}  # upper indices of a parameter behind an update
OLD = {"old", "(t)", "(n)"}
