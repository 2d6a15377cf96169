"""What the source documents state, claim by claim: every formula, every number, every error.

The expectations in the claims files were worked out by hand; here they meet the judge. The lists below were made by reading
the documents, not from the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import documents_table

import symbackprop
from symbackprop.checking.judgement import CONDITIONAL
from symbackprop.checking.report import CLAIM, DOCUMENT_ERROR, FAIL, NOT_CHECKED, PASS, WORDING, Result
from symbackprop.network import Claim
from symbackprop.reading import claims_of, list_claims, load_claims
from symbackprop.reading.library import shipped_networks

DOCUMENTS = ("000", "001", "002", "003", "004")

# Formulas with a claim of their own, and numbers with one, counted in the documents.
FORMULAS = {"000": 24, "001": 28, "002": 25, "003": 45, "004": 40}
NUMBERS = {"000": 25, "001": 0, "002": 1, "003": 30, "004": 4}

# document, error, a phrase of its place, a phrase of the right statement. First those that were known, then those found since.
ERRORS = [
    ("000", "label of the hidden error", "Mathematics of Backpropagation, first formula", "delta_j^h"),
    ("000", "second input weight's step rounded twice", "steps of the input weights", "Delta_w_2 = 0.00046"),
    ("000", "93.75 % whatever the weight", "Sigmoid Function Impact", "needs |W| <= 1"),
    ("001", "the gradient printed with a minus", "Gradient, example", "negative gradient"),
    ("001", "step 4 left out", "Backpropagation Through Time", "delta_h4*z_h3"),
    ("002", "minus in the definition", "definition of the local error", "delta_k = dE_dz_k*slope_k"),
    ("002", "factor of the output formula", "output unit", "-dE_ds_k = -2*(z_k - y)*slope_k"),
    ("002", "step without learning rate", "first formula", "-learning_rate*"),
    ("002", "net input without bias", "General Case, net input", "+ b_2"),
    ("003", "indices of the update", "gradient descent", "dE_dw_12;"),
    ("003", "first signal one unit off", "first of the three lines", "delta_o = z_o - y"),
    ("003", "second signal one unit off", "second of the three lines", "delta_k = delta_o*w_k"),
    ("003", "third signal one unit off", "third of the three lines", "delta_j = delta_k*w_j"),
    ("003", "slope of an input", "Multiple outputs, last formula", "dE_dx_i = delta_i*w_in;"),
    ("004", "largest slope", "summary of the slope", "largest_slope_g1 = 0.25"),
    ("004", "slope at the output, W_2", "weights of the second layer", "z_g1*(1 - z_g1)"),
    ("004", "slope at the output, B_2", "bias of the second layer", "z_g2*(1 - z_g2)"),
    ("004", "slope at the output, delta_2", "delta of layer 1", "slope_g1*W2_11"),
    ("004", "slope at the output, W_1", "weights of the first layer", "slope_f1"),
    ("004", "slope at the output, B_1", "bias of the first layer", "z_f2*(1 - z_f2)"),
    ("004", "the miss by a_out", "full form of the miss", "dJ_ds_out = z_out - y"),
    ("004", "bias partials of several rows", "bias of the output layer", "total_z_out - total_y"),
    # Found beyond those.
    ("000", "a stronger weight, a larger error", "High-Level Overview", "delta_h1*W_2*slope_h2"),
    ("000", "scaled by the weights alone", "sentence before the first formula", "*slope_h1"),
    ("000", "three layers, two layers", "first sentences", "counted as a layer"),
    ("000", "step without its weight", "gradient descent step", "Delta w_ij"),
    ("000", "tiny steps whatever the weights", "Sigmoid Function Impact", "multiplies the error by at most |W|/4"),
    ("001", "updates while errors travel back", "Feed Forward, last paragraph", "dE_dw_1j = delta_o*w_jo*slope_j*x_1"),
    ("001", "sensitivities with the wrong sign", "after the example", "negative of a sensitivity"),
    ("001", "partials needed for the error", "one pass each way", "known after the forward pass"),
    ("001", "no error for each hidden unit", "error of the hidden layers", "of its own"),
    ("001", "no correlation", "important note", "come near it"),
    ("001", "compared with feed-forward", "Conclusion", "what is trained"),
    ("002", "only the net input changes", "General Case", "delta_k2*w_2b"),
    ("002", "output formula without its minus", "output unit", "delta_k = 2*(z_k - y)*slope_k"),
    ("002", "an index p", "first formula", "never introduced"),
    ("003", "prediction as probability", "opening", "z_o = w_k*z_k"),
    ("003", "mean squared error with a half", "cost function", "1/2*(z_o - y)**2"),
    ("003", "a sigmoid in every layer", "activation functions", "z_o = s_o"),
    ("003", "single units only", "single units", "two units"),
    ("003", "recursive definition", "Error signals, definition", "direct"),
    ("003", "comment on w_j", "comment beside w_j", "s_j = w_ij*z_i"),
    ("003", "equal signals", "Multiple inputs", "delta_j = delta_o*w_j*slope_j"),
    ("003", "weights of the sum", "signal of unit i", "delta_j*w_ij + delta_k*w_ik"),
    ("004", "differences as backpropagation", "first paragraphs", "another way"),
    ("004", "gradient called Jacobian", "glossary", "gradient in the shape"),
    ("004", "slope largest at output 0", "second factor", "the output is 0.5 there"),
    ("004", "slope of the derivative", "second factor", "the derivative itself"),
    ("004", "sign without the output weight", "first role of the miss", "W_out*(z_out - y) >= 0"),
]


# What the judge finds out by itself about some of them: document, the beginning of the right statement, the diagnosis.
DIAGNOSES = [
    ("000", "abs(delta_h) <= 0.0625*abs(W)", "true only if abs(W) <= 1"),
    ("000", "Delta_w_2 = 0.00046", "full precision gives 0.00046"),
    ("000", "delta_h1 = (W_11", "slope generic'(s_h1) of unit h1 is missing"),
    ("001", "dE_dw_1j = delta_o*w_jo", "weights that have moved already"),
    ("001", "dE_du = delta_h1*h_0", "the path through unit h4 is missing"),
    ("002", "delta_k = dE_dz_k*slope_k", "the sign is turned"),
    ("002", "-dE_ds_k = -2*(z_k - y)", "it is -1/2 of what is right"),
    ("002", "Delta_w_k = -learning_rate", "the learning rate is missing"),
    ("002", "s_k2 = ", "the bias b_2 is missing"),
    ("002", "delta_b = ", "the path through unit k2 is missing"),
    ("003", "delta_o = z_o - y", "delta_o"),
    ("003", "dE_dx_i = delta_i*w_in", "sigmoid'(x_i)"),
    ("003", "delta_i = (delta_j*w_ij", "weights that lead out of the units"),
    ("004", "dJ_dW2_11 = z_f1*z_g1*(1 - z_g1)", "at its output z_g1, not at its net input s_g1"),
    ("004", "dJ_ds_out = z_out - y", "the right side is delta_out"),
    ("004", "dJ_ds_g*W_out", "true only if W_out >= 0"),
    ("004", "dJ/dB_out = sum(", "the left side is a vector of 1, the right side 2 × 1"),
]


def claims() -> Iterator[tuple[str, Claim]]:
    for document in DOCUMENTS:
        yield from ((document, claim) for claim in load_claims(document).claims)


def is_number(claim: Claim) -> bool:
    return bool(re.search(r"[^<>!]= -?\d+(\.\d+)?$", claim.states))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_judged_as_we_judged_it_by_hand(document: str) -> None:
    """In one test, because judging takes its time: the reports of the networks, all claims, the diagnoses and the page."""
    known = {}
    for name in (name for name in shipped_networks() if name.partition("-")[0] == document):
        report = symbackprop.check(symbackprop.load(name))
        assert report.passed, str(report)
        assert report.of_verdict(NOT_CHECKED) == ()
        assert set(symbackprop.load(name).parameters) <= {result.name for result in report.results}
        assert all(error.right in str(report) for error in report.document_errors)
        known |= {(name, own.name, own.statement): own for own in report.of_method(CLAIM, WORDING)}
    file = load_claims(document)
    results = documents_table.Judges(known).results(file)
    assert [(claim.states, result.detail) for claim, result in results if not as_expected(claim, result)] == []
    for diagnosed, right, text in DIAGNOSES:
        if diagnosed == document:
            (found,) = (result for claim, result in results if claim.correct.startswith(right))
            assert text in found.detail
    page = documents_table.PAGE.read_text(encoding="utf-8")
    assert documents_table.section(file, results) in page  # `python tests/tools/documents_table.py` writes it anew


def as_expected(claim: Claim, result: Result) -> bool:
    """Whether a claim said to hold is true as it stands, under the conditions that it names itself, and another one is not."""
    if result.judgement is None:
        return not claim.holds and result.verdict == DOCUMENT_ERROR
    if not claim.holds:
        return result.verdict == DOCUMENT_ERROR and not result.judgement.holds
    return result.verdict == PASS and (
        bool(result.judgement.holds) or result.judgement.verdict == CONDITIONAL and " if " in claim.states
    )


def test_the_page_has_all_documents() -> None:
    """Beside the sections, which are compared as they are judged."""
    page = documents_table.PAGE.read_text(encoding="utf-8")
    assert page.startswith(documents_table.page([]))
    titles = [f"{d}: {load_claims(d).title[0].lower()}{load_claims(d).title[1:]}" for d in DOCUMENTS]
    assert re.findall("^## Document (.*)", page, re.MULTILINE) == titles


def test_every_claim_says_what_where_and_what_is_right() -> None:
    for document, claim in claims():
        assert claim.says and claim.place, (document, claim)
        assert claim.holds != bool(claim.correct), (document, claim)


@pytest.mark.parametrize(("document", "error", "place", "right"), ERRORS)
def test_every_error_is_named(document: str, error: str, place: str, right: str) -> None:
    found = [c for c in load_claims(document).claims if not c.holds and place in c.place and right in c.correct]
    assert found, error


def test_the_list_of_errors_has_them_all() -> None:
    """A claim said to be wrong that no line of the list stands for would be an error nobody looked at."""
    listed = {
        (d, c.says) for d, _, place, right in ERRORS for c in load_claims(d).claims if place in c.place and right in c.correct
    }
    arrays = {(d, c.says) for d, c in claims() if c.network.endswith("004-rows.toml")}  # the same for whole arrays
    repeated = {("001", "the same for the weight of the input"), ("004", "the formula is repeated, with the slope at the output")}
    assert {(d, c.says) for d, c in claims() if not c.holds} <= listed | arrays | repeated


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_formula_and_no_number_is_lost(document: str) -> None:
    own = [claim for name, claim in claims() if name == document and claim.states]
    assert sum(is_number(claim) for claim in own) >= NUMBERS[document]
    assert sum(not is_number(claim) for claim in own) >= FORMULAS[document]


def test_each_shipped_document_has_claims() -> None:
    assert tuple(list_claims()) == DOCUMENTS
    for name in shipped_networks():
        source = symbackprop.load(name).source
        if source is not None:
            assert Path(source.claims_file).stem == source.name == name.partition("-")[0]


# The judge is not deaf: what is turned round is found.


@pytest.mark.parametrize(
    ("network", "true", "wrong"),
    [
        ("002-base", "delta_k = dE_dz_k*slope_k", "delta_k = -dE_dz_k*slope_k"),
        ("003-chain", "z_j = 0.8808", "delta_k = z_o - y"),
    ],
)
def test_a_turned_expectation_fails(network: str, true: str, wrong: str, tmp_path: Path) -> None:
    """A true claim said to be wrong, and an error said to be true, each make the check of its network fail."""
    source = symbackprop.load(network).source
    assert source is not None
    own = {claim.states: claim for claim in claims_of(source)}
    text = (Path(documents_table.ROOT) / "symbackprop" / "examples" / f"{network}.toml").read_text(encoding="utf-8")
    (tmp_path / "net.toml").write_text(text, encoding="utf-8")
    (tmp_path / "claims").mkdir()
    for states, holds in ((true, True), (wrong, False), (true, False), (wrong, True)):
        claim = own[states]
        right = claim.correct or claim.states
        entry = f'[[claims]]\nsays = "it"\nstates = "{states}"\nholds = {str(holds).lower()}\ncorrect = "{right}"\n'
        (tmp_path / "claims" / f"{network[:3]}.toml").write_text(entry, encoding="utf-8")
        report = symbackprop.check(symbackprop.load(tmp_path / "net.toml"))
        assert report.passed == (holds == claim.holds)
        assert [result.verdict == FAIL for result in report.of_method(CLAIM)] == [holds != claim.holds]


# The exact figures, by formulas written down here.


def exact_figures() -> Iterator[tuple[str, str, object]]:
    from mpmath import mp, mpf

    def sigmoid(s: object) -> object:
        return 1 / (1 + mp.exp(-s))

    with mp.workdps(40):
        x_1, x_2, w_1, w_2, weight, rate = (mpf(text) for text in ("0.1", "0.3", "0.4", "-0.2", "0.1", "0.5"))
        h = x_1 * w_1 + x_2 * w_2
        a = sigmoid(h)
        out = sigmoid(weight * a)
        error = (1 - out) * out * (1 - out)
        hidden = weight * error * a * (1 - a)
        yield from (("000", *pair) for pair in (
            ("s_h", h), ("z_h", a), ("z_o", out), ("delta_o", error), ("delta_h", hidden), ("Delta_W", rate * error * a),
            ("Delta_w_1", rate * hidden * x_1), ("Delta_w_2", rate * hidden * x_2),
        ))  # fmt: skip
        z_j = sigmoid(mpf(2))
        z_k = sigmoid(5 * z_j)
        miss = 3 * z_k - 3
        c_2, c_3 = 3 * z_k * (1 - z_k), 5 * z_j * (1 - z_j)
        yield from (("003-chain", *pair) for pair in (
            ("z_j", z_j), ("z_k", z_k), ("z_o", 3 * z_k), ("E", miss**2 / 2), ("C_1", miss), ("C_2", c_2), ("C_3", c_3),
            ("dE/dw_k", miss * z_k), ("dE/dw_j", miss * c_2 * z_j), ("dE/dw_in", miss * c_2 * c_3),
        ))  # fmt: skip
        one, two = sigmoid(4 * z_j), sigmoid(6 * z_j)
        prediction = 5 * one + 3 * two
        yield from (("003-split", *pair) for pair in (
            ("z_i", z_j), ("z_j", one), ("z_k", two), ("z_o", prediction), ("E", (prediction - 8) ** 2 / 2),
        ))  # fmt: skip


def test_exact_figures_are_those_of_the_formulas() -> None:
    """The figure beside each printed number, recomputed by hand-written formulas that know nothing of the package."""
    from mpmath import mp, mpf

    figures = {(name, quantity): value for name, quantity, value in exact_figures()}
    listed = {}
    for name in ("000", "003-chain", "003-split"):
        source = symbackprop.load(name).source
        assert source is not None
        listed |= {(name, number.quantity): number.exact for number in source.printed}
    assert listed.keys() == figures.keys()
    for key, text in listed.items():
        last = mpf(10) ** -len(text.partition(".")[2])
        assert text and abs(mp.mpf(text) - figures[key]) <= last / 2, key
