"""The words of the page of a check."""

from __future__ import annotations

TITLE = "Check: {title}"
UNTITLED = "Check of the derivation"

VERDICTS = {"pass": "passed", "fail": "FAILED", "not checked": "not checked", "document error": "error of the document"}

HOLDS = "Nothing failed: {counts}."
FAILS = "Something is wrong: {counts}."
COUNTS = ("{count} passed", "{count} failed", "{count} not checked", "{count} errors of the document named")
TAKEN_AT = "Each partial of the objective is given as the derivation has it, and as routes find it that share no code with the derivation. All are taken at {point}."

PARTIALS = "Partials"
NUMBERS_CAPTION = "The partials by every route"
ERRORS_CAPTION = "The relative differences between derivation and route (0: equal in fifty digits), and the power of ε with which that of central differences falls"
PARTIAL, DERIVATION, ORDER, VERDICT = "partial", "derivation", "order", "verdict"
ROUTES = {
    "central_differences": "differences",
    "complex_step": "complex step",
    "sympy": "SymPy",
    "autodiff": "library",
    "double": "function",
}
EXACT = "exact"

HOW = "How they were compared"
NAMES = {
    "central_differences": "Central differences: ",
    "complex_step": "Complex step: ",
    "sympy": "SymPy: ",
    "autodiff": "Library: ",
    "double": "Function: ",
}
WITHIN = "; tolerance "

SLOPE = "The error of central differences"
SLOPE_TEXT = "Of a right gradient the error of central differences falls with the square of ε until rounding stops it; of a wrong one some error stays, whatever ε. "
SLOPE_FOUND = "In fifty digits it falls here with the power {order} of ε."
SLOPE_EXACT = "In fifty digits there is no error here at all: the objective is no more than quadratic along the gradient."
SLOPE_CAPTION = "The relative error of the central difference with step ε along the gradient: in fifty digits{gradient}, where it goes on falling with the square of ε, and in double precision{value}, where rounding makes it grow with 1/ε."

LEVELS = "The matrix level"
QUANTITY, FOUND = "quantity", "found"
PRINTED = "Numbers printed in {document}"
PRINTED_NUMBER, FULL, HOW_ROUNDED = "printed", "full precision", "how"
STATEMENTS, ERRORS = "Statements of {document}", "Errors of {document}"
CLAIMS = "Claims"
DOCUMENT, THE_DOCUMENT = "document {name}", "the document"
SAYS, FOUND_IN, RIGHT, PLACE = "It says ", "Found: ", "Right is ", " ({place})"
NOTE = "{verdict}: {name}, {detail}."
