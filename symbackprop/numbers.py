"""Numbers on the page: how many digits, and the digits with which every printed line is true.

Three policies. ``exact`` rounds nothing that is put into a formula: rational values stand as they are,
others keep their symbol, and a decimal follows after ≈. ``display`` computes with full precision and
shows rounded values; a number put into a formula gets as many digits as the printed result needs.
``carry`` rounds each result and computes on with it, as people do by hand and as document 000 does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .array_program import Linear, Pick, SoftmaxMap, Total
from .errors import InputError, nearest
from .network import LEARNING_RATE
from .precise import DIGITS, context, is_exact, value
from .program import (
    Activation,
    Definition,
    ErrorSignal,
    Formula,
    LocalDerivative,
    LossSum,
    Partial,
    SoftmaxUnit,
    Update,
    WeightedSum,
)
from .terms import opened
from .tree import ALL_SAMPLES, Name, Number, Product, Quantity, Sum, Tree, names, negative, product, substitute

if TYPE_CHECKING:
    from .derivation import Derivation

POLICIES = ("exact", "display", "carry")
KINDS = ("net_input", "activation", "loss", "error_signal", "cached", "local", "partial", "update", "updated")
_LEAST_DIGITS = 3  # significant digits that a small value keeps where its author asked for none in particular
_MOST_GUARD_DIGITS = 30
_MOST_DECIMALS = 12  # of an updated parameter
_LONGEST_EXACT = 10  # decimals of a rational value that is still printed whole under "exact"


@dataclass(frozen=True, slots=True)
class Digits:
    """So many decimals, or so many significant digits; ``least`` significant ones whatever the decimals."""

    decimals: int | None = 4
    significant: int | None = None
    least: int = _LEAST_DIGITS


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Policy and digits, with other digits for a kind of quantity or for a single one."""

    policy: str = "display"
    digits: Digits = Digits()
    kinds: Mapping[str, Digits] = field(default_factory=dict)
    quantities: Mapping[str, Digits] = field(default_factory=dict)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], policy: str | None = None) -> NumberFormat:
        """From a [numbers] table; ``policy`` overrides its own. Raises InputError for an unknown key or a bad value."""
        known = ("policy", "decimals", "significant", "quantity", *KINDS)
        for key in table:
            if key not in known:
                raise InputError(f"unknown key {key!r}{nearest(key, known)}", "numbers")
        chosen = policy or table.get("policy", "display")
        if chosen not in POLICIES:
            raise InputError(f"there is no policy {chosen!r}{nearest(str(chosen), POLICIES)}", "numbers.policy")
        own = {key: table[key] for key in ("decimals", "significant") if key in table}
        kinds = {kind: _digits(table[kind], f"numbers.{kind}") for kind in KINDS if kind in table}
        if not isinstance(table.get("quantity", {}), Mapping):
            raise InputError('expected a table like { "dE/dw" = { decimals = 6 } }', "numbers.quantity")
        quantities = {name: _digits(entry, f"numbers.quantity.{name}") for name, entry in table.get("quantity", {}).items()}
        return cls(chosen, _digits(own, "numbers") if own else Digits(), kinds, quantities)

    def of(self, kind: str, name: str) -> Digits:
        """The digits of a quantity. Updates are small: unless told otherwise they get significant digits."""
        own = self.quantities.get(name) or self.kinds.get(kind)
        return own or (Digits(None, _LEAST_DIGITS) if kind == "update" else self.digits)


def _digits(table: object, where: str) -> Digits:
    if not isinstance(table, Mapping) or len(table) != 1 or next(iter(table)) not in ("decimals", "significant"):
        raise InputError("write either decimals = N or significant = N", where)
    key, count = next(iter(table.items()))
    if isinstance(count, bool) or not isinstance(count, int) or not (key == "significant") <= count <= 40:
        raise InputError(f"{key} must be a whole number from {int(key == 'significant')} to 40, not {str(count)[:20]!r}", where)
    return Digits(count, None, 1) if key == "decimals" else Digits(None, count)


@dataclass(frozen=True, slots=True)
class Worked:
    """A quantity worked out: the value later steps compute with, its printed digits, and whether those are its exact value."""

    value: Any
    text: str
    exact: bool
    kind: str
    digits: Digits = Digits()
    of: Quantity | None = None

    @property
    def number(self) -> Number:
        return self.as_number(self.text)

    def as_number(self, text: str) -> Number:
        """The value in other digits."""
        return Number(Fraction(text), text, self.of)


def _decimal(number: Any) -> Decimal:
    if is_exact(number):
        own = Context(prec=DIGITS + 20)
        return own.divide(Decimal(number.numerator), Decimal(number.denominator))
    return Decimal(context().nstr(number, DIGITS))


def rounded(number: Any, digits: Digits) -> str:
    """The digits of a value: half is rounded up, as by hand. A tiny or huge value gets a power of ten."""
    exact = _decimal(number)
    if exact == 0:
        return "0"
    magnitude = exact.adjusted()
    if digits.significant is not None:
        decimals = digits.significant - 1 - magnitude
    else:
        decimals = digits.decimals or 0
        decimals = max(decimals, digits.least - 1 - magnitude) if magnitude < 0 else decimals
    own = Context(prec=DIGITS + 400)
    if magnitude < -7 or magnitude > 8:
        count = max(_LEAST_DIGITS - 1, decimals + magnitude if magnitude < 0 else 3)
        mantissa = exact.scaleb(-magnitude, own).quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP, own)
        if abs(mantissa) >= 10:
            mantissa, magnitude = (mantissa / 10).quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP, own), magnitude + 1
        return f"{mantissa}e{magnitude}"
    shown = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, own)
    if digits.significant is not None and shown.adjusted() > magnitude:  # 9.9995 has become 10.000
        shown = exact.quantize(Decimal(1).scaleb(1 - decimals), ROUND_HALF_UP, own)
    return f"{shown:f}"


def whole(number: Any, decimals: int) -> str | None:
    """The exact decimal text of a value, if it is rational and has no more than so many decimals."""
    if not is_exact(number):
        return None
    scaled = number * 10**decimals
    if scaled.denominator != 1 or abs(number) >= 10**9:
        return None
    return f"{_decimal(number).normalize():f}"


def printed(number: Any, digits: Digits, policy: str, kind: str, of: Quantity | None = None) -> Worked:
    """A value with its printed digits; under ``carry`` the printed digits are the value from here on."""
    allowed = digits.decimals
    if allowed is None:
        magnitude = _decimal(number).adjusted() if number != 0 else 0
        allowed = max((digits.significant or 1) - 1 - magnitude, 0)
    text = whole(number, max(allowed, _LONGEST_EXACT) if policy == "exact" else allowed)
    if text is not None:
        return Worked(number, text, True, kind, of=of)
    text = rounded(number, digits)
    return Worked(Fraction(text) if policy == "carry" else number, text, False, kind, digits, of)


def kind_of(definition: Definition) -> str:
    match definition:
        case WeightedSum() | Linear():
            return "net_input"
        case Formula():
            return "net_input" if definition.unit else "activation"
        case Activation() | SoftmaxUnit() | SoftmaxMap() | Pick():
            return "activation"
        case LossSum() | Total():
            return "loss"
        case ErrorSignal():
            return "error_signal"
        case LocalDerivative():
            return "local"
        case Update():
            return "update"
        case Partial():
            return "partial"


def working_tree(derivation: Derivation, definition: Definition) -> Tree:
    """The expression by which the page works a definition out: slopes in the unit's output, updates as the convention has them."""
    if isinstance(definition, ErrorSignal):
        return derivation.in_outputs(opened(derivation, definition))
    if isinstance(definition, Update):
        return update_tree(derivation, definition)
    if isinstance(definition, Partial):
        return derivation.in_outputs(definition.tree)
    return definition.tree


def update_tree(derivation: Derivation, update: Update) -> Tree:
    """−η ∂E/∂w, or +η δ x where δ is −∂E/∂s (document 000)."""
    partial = derivation.partials[update.parameter]
    summed = len(partial.terms) != 1 or len(derivation.network.samples) > 1
    if derivation.network.signal_sign > 0 or not derivation.signals or summed:
        return update.tree
    step = product([Name(LEARNING_RATE), partial.tree])
    return step if update.ascent else negative(step)


def work(derivation: Derivation, style: NumberFormat, sample: int = 0, view: str = "factors") -> Mapping[str, Worked]:
    """Every quantity of a derivation worked out, by plain name: given symbols, definitions, C_i, ``dE/dw``, ``Delta_w``, ``new_w``.

    Where results are carried, a quantity has one value by one route only: partials come from the error signals, and
    for equations, which have none, from the cached terms of ``view``. Raises InputError where a given symbol has no
    value or a value is not finite.
    """
    network = derivation.network
    given = network.numbers_of(sample)
    if network.learning_rate is not None:
        given["learning_rate"] = network.learning_rate
    missing = [name for name in derivation.program.given if name not in given]
    if missing:
        raise InputError(f"{', '.join(missing[:8])} has no value; give it one in [values]", "values")
    found: dict[str, Worked] = {
        name: Worked(number.value, given_text(number), True, "given", of=Quantity(name, sample)) for name, number in given.items()
    }
    worker = _Worker(style, found, sample)
    terms = derivation.terms(view)
    by_terms = {} if derivation.signals or view == "none" else {derivation.partials[name].name: name for name in terms.paths}
    for definition in (*derivation.program.definitions, *derivation.backward_pass):
        if definition.name not in by_terms:
            worker.add(definition.name, kind_of(definition), working_tree(derivation, definition))
    for term in terms.terms:
        worker.add(term.name, "cached", derivation.in_outputs(term.tree))
    for quantity, name in by_terms.items():
        worker.add(quantity, "partial", derivation.in_outputs(terms.partial(name)))
    if network.learning_rate is not None:
        _add_updates(derivation, style, found, sample)
    return found


class _Worker:
    """Adds worked quantities to a mapping, each from those before it."""

    def __init__(self, style: NumberFormat, found: dict[str, Worked], sample: int) -> None:
        self.style, self.found, self.sample = style, found, sample
        self.lookup: dict[str, Any] = {name: worked.value for name, worked in found.items()}

    def add(self, name: str, kind: str, tree: Tree) -> None:
        try:
            result = value(tree, self.lookup)
        except InputError as error:
            raise InputError(f"{name} has no finite value: {error.message}", "values") from None
        style = self.style
        digits = style.of(kind, name)
        if kind == "updated" and kind not in style.kinds and name not in style.quantities:
            # As many decimals as the old value and the update have, so that the change is seen, within what fits a table.
            places = max(_places(self.found[read].text) for read in names(tree))
            digits = Digits(min(places, _MOST_DECIMALS), None, 1)
        worked = printed(result, digits, style.policy, kind, Quantity(name, self.sample))
        if style.policy == "carry" and not all(self.found[read].exact for read in names(tree)):
            worked = replace(worked, exact=False)
        self.found[name] = worked
        self.lookup[name] = worked.value


def _add_updates(derivation: Derivation, style: NumberFormat, found: dict[str, Worked], sample: int) -> None:
    worker = _Worker(style, found, sample)
    for update in derivation.updates:
        worker.add(update.name, "update", working_tree(derivation, update))
        worker.add(f"new_{update.parameter}", "updated", Sum((Name(update.parameter), Name(update.name))))


def accumulate(derivation: Derivation, style: NumberFormat, samples: list[Mapping[str, Worked]]) -> Mapping[str, Worked]:
    """The objective and partials summed or averaged over worked samples, and the one update from them (document 001)."""
    network = derivation.network
    found = {name: samples[0][name] for name in network.parameters}
    share = Fraction(1, len(samples)) if network.reduction == "mean" else Fraction(1)
    for name in (derivation.objective, *(derivation.partials[parameter].name for parameter in derivation.parameters)):
        lookup = {str(index): own[name].value for index, own in enumerate(samples)}
        result = value(Product((Number(share), Sum(tuple(Name(index) for index in lookup)))), lookup)
        kind = samples[0][name].kind
        worked = printed(result, style.of(kind, name), style.policy, kind, Quantity(name, ALL_SAMPLES))
        exact = worked.exact and (style.policy != "carry" or all(own[name].exact for own in samples))
        found[name] = replace(worked, exact=exact)
    if network.learning_rate is not None:
        found["learning_rate"] = samples[0]["learning_rate"]
        _add_updates(derivation, style, found, ALL_SAMPLES)
    return found


def worked_numbers(derivation: Derivation, policy: str | None = None) -> Mapping[str, Worked]:
    """The worked numbers of the network's own format, or of another policy.

    Of several samples the forward values are those of the first; objective, partials and updates are accumulated over all.
    """
    style = NumberFormat.from_table(derivation.network.numbers, policy)
    samples = [work(derivation, style, index) for index in range(max(1, len(derivation.network.samples)))]
    return samples[0] if len(samples) == 1 else {**samples[0], **accumulate(derivation, style, samples)}


def given_text(number: Number) -> str:
    """The digits of a given number as its author wrote them; a fraction where it has no short decimal."""
    return number.text or whole(number.value, 12) or str(number.value)


@dataclass(frozen=True, slots=True)
class NumberLine:
    """symbolic ≈ substituted ≈ result, each relation as it holds for what is printed."""

    substituted: Tree | None
    first: str  # "=" or "≈", between the symbols and the numbers put in
    result: Number | None
    second: str


def number_line(tree: Tree, result: Worked, numbers: Mapping[str, Worked], policy: str) -> NumberLine:
    """The numbers for ``tree``, with enough digits that the printed result follows from the printed factors."""
    used = [name for name in names(tree) if name in numbers]
    if policy == "exact":
        put_in: dict[str, Tree] = {name: numbers[name].number for name in used if numbers[name].exact}
        swapped = substitute(tree, put_in)
        changed = swapped != tree
        return NumberLine(swapped if changed else None, "=", result.number, "=" if result.exact else "≈")
    extra = 0
    while True:
        texts = {name: _with_guard(numbers[name], extra, policy) for name in used}
        swapped = substitute(tree, {name: numbers[name].as_number(text) for name, text in texts.items()})
        rounded_in = any(not is_exactly(numbers[name], texts[name], policy) for name in used)
        reached = value(swapped, {name: numbers[name].value for name in names(swapped)})
        holds = _rounds_to(reached, result.text) or (not result.exact and rounded(reached, result.digits) == result.text)
        if holds:
            break
        if policy == "carry":
            # This result was carried here by another route, and the two differ in the last digit: no line to print.
            return NumberLine(None, "=", None, "=")
        if extra >= _MOST_GUARD_DIGITS:
            # A difference of nearly equal numbers, 1 − z of a saturated unit: no digits that a reader would follow.
            return NumberLine(None, "≈", result.number, "≈")
        extra += 1
    exactly = is_exact(reached) and reached == Fraction(result.text)
    first = "≈" if rounded_in else "="
    if swapped == result.number or (isinstance(swapped, Number) and swapped.text == result.text):
        return NumberLine(None, first, result.number, "=" if result.exact else "≈")
    return NumberLine(swapped, first, result.number, "=" if exactly else "≈")


def _with_guard(worked: Worked, extra: int, policy: str) -> str:
    if worked.exact or policy == "carry" or extra == 0:
        return worked.text
    shown = Decimal(worked.text)
    count = -int(shown.as_tuple().exponent) + extra
    return rounded(worked.value, Digits(count, None))


def is_exactly(worked: Worked, text: str, policy: str) -> bool:
    """Whether a text is the exact value of a quantity; of a carried one, if nothing was rounded on the way."""
    return (worked.exact or policy != "carry") and is_exact(worked.value) and Fraction(text) == worked.value


def _rounds_to(number: Any, text: str) -> bool:
    """Whether a value, rounded to as many decimals as ``text`` has, gives ``text``; a lone 0 is zero and nothing near it."""
    if text == "0":
        return bool(number == 0)
    shown = Decimal(text)
    step = Decimal(1).scaleb(int(shown.as_tuple().exponent))
    try:
        return _decimal(number).quantize(step, ROUND_HALF_UP, Context(prec=DIGITS + 400)) == shown
    except InvalidOperation:  # hundreds of magnitudes apart
        return False


def _places(text: str) -> int:
    """The decimals of a printed number; of a fraction the usual ones."""
    return 6 if "/" in text else max(0, -int(Decimal(text).as_tuple().exponent))
