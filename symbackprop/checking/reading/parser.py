"""Tokens of a claim → its tree. The precedence is that of the equation language; a product may do without its sign."""

from __future__ import annotations

from dataclasses import replace

from ...array_tree import Element, IndexSum, MatMul, Matrix, Mean, Outer, Reduce, Softmax, Transpose
from ...errors import InputError, nearest
from ...fields import MAX_NAME
from ...grammar import ARRAY_FUNCTIONS
from ...tree import Call, Derivative, Name, Negative, Number, Power, Product, Quotient, Sum, Tree
from .cursor import Cursor
from .functions import Function, called, function_of
from .names import Index, Names, spelled_out
from .paper import Beside
from .tokens import Place, Token

_ATOMS = ("number", "name", "symbol", "function", "sum")
_JOINED = {"Delta": "Delta_", "Δ": "Delta_", "new": "new_", "total": "total_"}


class Parser(Cursor):
    """Reads one side of a claim. In ``paper`` text, LaTeX, arrays side by side are multiplied as on paper."""

    def __init__(self, tokens: list[Token], place: Place, names: Names, paper: bool, end: int) -> None:
        super().__init__(tokens, place, end)
        self.names, self.paper, self.bars = names, paper, 0

    # Formulas.

    def parse(self) -> Tree:
        if not self.tokens:
            raise self.error("a side of the claim is empty")
        tree = self.sum()
        if (token := self.peek()) is not None:
            raise self.error(f"expected an operator or the end, found {token.text!r}", token)
        return tree

    def sum(self) -> Tree:
        self.nest()
        terms = [self.product()]
        while self.sign() in ("+", "-"):
            sign = self.take().text
            term = self.product()
            terms.append(Negative(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Tree:
        """Factors from left to right: a*b/c is (a*b)/c, and what stands side by side is multiplied."""
        left, divided = self.signed(), False
        while True:
            sign = self.sign()
            if sign in ("*", "@", "/", "⊙"):
                self.take()
                right = self.signed()
            elif self.starts_factor():
                token = self.peek()
                if divided:
                    raise self.error("is this factor above or below the slash? write * or parentheses", token)
                sign, right = "", self.power()
            else:
                return left
            divided = sign == "/" and not (isinstance(right, Number) and isinstance(_last(left), Number))
            match sign:
                case "/":
                    left = Quotient(left, right)
                case "@":
                    left = MatMul(left, right)
                case "⊙":
                    left = Product((left, right))
                case _ if self.paper and self.names.arrays is not None:
                    left = Beside(left, right)  # type: ignore[assignment]  # gone when `paper.read` has been there
                case _:
                    left = Product((*left.factors, right)) if isinstance(left, Product) else Product((left, right))

    def starts_factor(self) -> bool:
        token = self.peek()
        if token is None:
            return False
        if token.kind in _ATOMS:
            return True
        return token.text in ("(", "∂", "⟦") or (token.text == "[" and self.paper) or (token.text == "|" and not self.bars)

    def signed(self) -> Tree:
        if self.sign() not in ("+", "-"):
            return self.power()
        sign = self.take().text
        self.nest()
        body = self.signed()
        self.depth -= 1
        return Negative(body) if sign == "-" else body

    def power(self) -> Tree:
        base = self.atom()
        while True:
            token = self.peek()
            match self.sign():
                case "ᵀ":
                    self.take()
                    base = Transpose(base)
                case "[" if not self.paper:
                    base = Element(base, self.index())
                case "⌊":  # an index of something in parentheses, of LaTeX
                    self.take()
                    base = Element(base, token.value)  # type: ignore[union-attr]
                case "|direct" if isinstance(base, Derivative):
                    self.take()
                    base = replace(base, direct=True)
                case "**":
                    self.take()
                    self.nest()
                    exponent = self.signed()
                    self.depth -= 1
                    return Power(base, exponent)
                case _:
                    return base

    def atom(self) -> Tree:
        token = self.take()
        match token.kind:
            case "number" | "symbol":
                assert token.value is not None
                return token.value
            case "sum":
                self.nest()
                body = self.product()
                self.depth -= 1
                for letter, _, last in reversed(token.value):
                    body = IndexSum(body, letter, last if last is not None else "")
                return body
            case "function":
                return self.call(token, token.value)
            case "name":
                return self.named(token)
        match token.text:
            case "(":
                return self.list_of(")", token) if self.sign() != "∂" or not self.is_split_partial() else self.split_partial()
            case "[":
                return self.list_of("]", token)
            case "|":
                self.bars += 1
                body = self.sum()
                self.expect("|")
                self.bars -= 1
                return Call("abs", (body,))
            case "∂":
                return self.partial(token)
            case "⟦":
                return self.matrix()
        raise self.error(f"expected a number, a name or '(', found {token.text!r}", token)

    def list_of(self, end: str, token: Token) -> Tree:
        """What stands in parentheses: one formula, or the entries of a vector or matrix."""
        bars, self.bars = self.bars, 0
        entries = [self.sum()]
        while self.sign() == ",":
            self.take()
            entries.append(self.sum())
        self.expect(end)
        self.bars = bars
        if len(entries) == 1 and (end == ")" or self.paper):
            return entries[0]
        rows = [_row(entry) for entry in entries]
        if all(row is not None for row in rows):
            return self.rectangular(tuple(row for row in rows if row is not None), token)
        return self.rectangular(tuple((entry,) for entry in entries), token)

    def matrix(self) -> Tree:
        token, rows, row = self.tokens[self.next - 1], [], [self.sum()]
        while self.sign() in ("&", "\\\\"):
            if self.take().text == "\\\\":
                rows.append(tuple(row))
                row = []
                if self.sign() == "⟧":
                    break
            row.append(self.sum())
        self.expect("⟧")
        return self.rectangular((*rows, tuple(row)) if row else tuple(rows), token)

    def rectangular(self, rows: tuple[tuple[Tree, ...], ...], token: Token) -> Tree:
        if len({len(row) for row in rows}) > 1:
            raise self.error("the rows of a matrix must be of one length", token)
        return Matrix(rows)

    # Names.

    def named(self, token: Token) -> Tree:
        """A word: a function, a partial, or a quantity with its indices and primes."""
        names, text = self.names, token.text
        primes = 0
        while self.sign(primes) == "'":
            primes += 1
        behind = self.peek(primes)
        if primes and behind is not None and behind.kind == "name" and behind.text.startswith("_"):  # f'_j
            text += behind.text
            self.tokens[self.next : self.next + primes + 1] = self.tokens[self.next : self.next + primes]
        if self.sign(primes) == "(" and not names.has(text):
            function = text if text in ARRAY_FUNCTIONS else function_of(names, text)
            if function is not None:
                self.next += primes
                return (
                    self.array_call(token)
                    if isinstance(function, str)
                    else self.call(token, function._replace(primes=function.primes + primes))
                )
            if text == "d":
                return self.partial(token)
        follower = self.peek()
        prefix = _JOINED.get(text)
        if prefix and follower is not None and follower.kind == "name" and follower.text not in _JOINED and not names.has(text):
            self.next += 1
            inner = self.named(follower)
            joined = names.with_prefix(prefix, inner)
            if joined is None:
                raise self.error(f"there is no {text} {follower.text}", token)
            return joined
        if text == "e" and self.sign() == "**" and not names.has("e"):
            self.take()
            return Call("exp", (self.signed(),))
        behind_d = follower is not None and (follower.kind == "name" or self.sign() == "/" and self.begins_below(1))
        if text == "d" and behind_d and not names.has(text):
            return self.partial(token)
        index = self.index() if self.sign() == "[" else ()
        found = self.located(lambda: names.word(text, index), token)
        if found is None and (differential := self.differential(text)):
            return self.partial(token, differential, index)
        if found is None and text.startswith("d") and not primes:
            found = self.located(lambda: self.gradient(names.word(text[1:], index)), token)
        self.next += primes
        if found is not None and primes:
            found = names.with_prefix("new_", found) if primes == 1 else None
        if found is None and primes and (slope := self.slope(text)) is not None:
            return slope
        if found is None:
            raise self.unknown(text + "".join(f"[{own}]" for own in index) + "'" * primes, token)
        return found

    def slope(self, text: str) -> Tree | None:
        """``f'_j``, typed as ``f_j'``: the slope of unit j."""
        function = function_of(self.names, text)
        if function is None or not function.unit:
            return None
        return self.names.leaf(f"slope_{function.unit.removeprefix('s_')}")

    def unknown(self, text: str, token: Token) -> InputError:
        known = [*self.names.all_words()]
        hint = nearest(spelled_out(text)[:MAX_NAME], known)
        follower = self.sign()
        if follower == "(":
            return self.error(f"there is no function and no quantity {text!r}{hint}", token)
        return self.error(f"there is no quantity {text!r}{hint}", token)

    # Partials.

    def differential(self, text: str) -> str:
        """The name of what ``dE`` is the differential of, if that is what stands here: a slash and another one follow."""
        prefix = "total_" if text.startswith("total_d") else ""
        rest = text.removeprefix(prefix)
        if not rest.startswith("d") or len(rest) < 2 or self.sign() != "/":
            return ""
        return prefix + rest[1:] if self.begins_below(1) else ""

    def begins_below(self, ahead: int) -> bool:
        """Whether what comes so many tokens later is a ∂ or a word with a d before it."""
        token = self.peek(ahead)
        return token is not None and (token.text == "∂" or token.kind == "name" and token.text.startswith("d"))

    def gradient(self, of: Tree | None) -> Tree | None:
        """``dW1`` alone, as some write it for the partial of the objective; None for the objective's own."""
        objective = Name(self.names.objective)
        return None if of is None or of == objective else self.names.partial(objective, of)

    def partial(self, token: Token, of: str = "", index: Index = ()) -> Tree:
        """∂of/∂wrt, read from behind the first ∂."""
        total = of.startswith("total_") and not self.names.has(of)
        name = of.removeprefix("total_") if total else of
        if not of and self.sign() == "/":  # d/dw E
            self.take()
            wrt = self.below()
            return self.partial_of(self.operand(), wrt, token)
        above = self.located(lambda: self.names.word(name, index), token) if of else self.operand()
        if above is None:
            raise self.unknown(name, token)
        if not of and self.sign() != "/" and (short := self.gradient(above)) is not None:
            return short
        self.expect("/")
        below = self.below()
        found = self.partial_of(above, below, token)
        return (self.names.with_prefix("total_", found) or found) if total else found

    def partial_of(self, above: Tree, below: Tree, token: Token) -> Tree:
        found = self.names.partial(above, below)
        if found is None:
            shown = getattr(above, "name", "what stands above")
            stands = "a definition stands above, a symbol or definition below"
            raise self.error(f"there is no partial of {shown} by that: {stands}", token)
        return found

    def below(self) -> Tree:
        """What stands below a derivative, ``∂w`` or ``dw``."""
        token = self.take()
        if token.text in ("∂", "d"):
            return self.operand()
        if token.kind != "name" or not token.text.startswith("d"):
            raise self.error(f"expected ∂ and a name behind the slash, found {token.text!r}", token)
        index = self.index() if self.sign() == "[" else ()
        found = self.located(lambda: self.names.word(token.text[1:], index), token)
        if found is None:
            raise self.unknown(token.text[1:], token)
        return found

    def operand(self) -> Tree:
        """The name behind a ∂, with or without parentheses."""
        if self.sign() == "(":
            self.take()
            inner = self.operand()
            self.expect(")")
            return inner
        token = self.take()
        if token.kind == "symbol":
            return token.value
        if token.kind != "name":
            raise self.error(f"expected a name behind ∂, found {token.text!r}", token)
        return self.named(token)

    def is_split_partial(self) -> bool:
        """Whether ``(∂E)/(∂w)`` stands here, behind its first parenthesis."""
        closing = next((ahead for ahead in range(1, 12) if self.sign(ahead) == ")"), 0)
        return bool(closing) and self.sign(closing + 1) == "/" and self.sign(closing + 2) == "(" and self.sign(closing + 3) == "∂"

    def split_partial(self) -> Tree:
        token = self.expect("∂")
        above = self.operand()
        self.expect(")")
        self.expect("/")
        self.expect("(")
        self.expect("∂")
        found = self.partial_of(above, self.operand(), token)
        self.expect(")")
        return found

    # Functions.

    def call(self, token: Token, function: Function) -> Tree:
        """A function and its arguments, in parentheses or, on paper, the factor behind it."""
        primes = 0
        while self.sign() == "'":
            self.take()
            primes += 1
        exponent: Tree | None = None
        if token.kind == "function" and self.sign() == "**":
            self.take()
            exponent = self.atom()
            if isinstance(exponent, Negative) or not isinstance(exponent, Number):
                raise self.error(f"write the power behind {token.text} as a whole number, or behind the parentheses", token)
        self.nest()
        if self.sign() == "(":
            self.take()
            bars, self.bars = self.bars, 0
            arguments = [self.sum()]
            while self.sign() == ",":
                self.take()
                arguments.append(self.sum())
            self.expect(")")
            self.bars = bars
        elif token.kind == "function" and self.starts_factor():
            arguments = [self.power()]
            if isinstance(arguments[0], Number) and self.starts_factor():
                raise self.error(f"where does the argument of {token.text} end? write parentheses", token)
        else:
            raise self.error(f"{token.text} needs an argument in parentheses", token)
        self.depth -= 1
        found: Tree = self.located(lambda: called(self.names, function, tuple(arguments), primes), token)
        return Power(found, exponent) if exponent is not None else found

    def array_call(self, token: Token) -> Tree:
        self.expect("(")
        arguments = [self.sum()]
        while self.sign() == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) not in ARRAY_FUNCTIONS[token.text]:
            wanted = " or ".join(map(str, ARRAY_FUNCTIONS[token.text]))
            raise self.error(f"{token.text} takes {wanted} argument(s), not {len(arguments)}", token)
        match token.text:
            case "T" | "transpose":
                return Transpose(arguments[0])
            case "outer":
                return Outer(arguments[0], arguments[1])
            case "softmax":
                return Softmax(arguments[0])
        axis = None
        if len(arguments) == 2:
            if not isinstance(arguments[1], Number) or arguments[1].value not in (0, 1):
                raise self.error(f"the axis of {token.text} must be 0 or 1", token)
            axis = int(arguments[1].value)
        return Reduce(arguments[0], axis) if token.text == "sum" else Mean(arguments[0], axis)


def _last(tree: Tree) -> Tree:
    """The last factor of a product."""
    while isinstance(tree, Product | Beside):
        tree = tree.children[-1]
    return tree


def _row(tree: Tree) -> tuple[Tree, ...] | None:
    """The entries of a list that is a row of another one."""
    return tuple(row[0] for row in tree.rows) if isinstance(tree, Matrix) and all(len(row) == 1 for row in tree.rows) else None
