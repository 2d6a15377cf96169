"""A walk over tokens: what comes next, what must come, and errors with their column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import InputError
from .names import Index
from .tokens import Place, Token

MAX_NESTING = 60
MAX_INDICES = 3  # a step, a row and a column


class Cursor:
    """A place in the tokens of one side of a claim, which ends at the column ``end``."""

    def __init__(self, tokens: list[Token], place: Place, end: int) -> None:
        self.tokens, self.place, self.end = tokens, place, end
        self.next, self.depth = 0, 0

    def error(self, message: str, token: Token | None = None) -> InputError:
        return self.place.error(message, token.column if token is not None else self.end + 1)

    def located(self, make: Callable[[], Any], token: Token) -> Any:
        """What ``make`` gives; its error with the column of a token."""
        try:
            return make()
        except InputError as error:
            raise self.error(error.message, token) from None

    def sign(self, ahead: int = 0) -> str:
        """The sign that comes next, or so many tokens later; empty where it is none."""
        at = self.next + ahead
        return self.tokens[at].text if at < len(self.tokens) and self.tokens[at].kind == "sign" else ""

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.next + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def take(self) -> Token:
        if self.next >= len(self.tokens):
            raise self.error("a formula ends where a number, a name or '(' is expected")
        self.next += 1
        return self.tokens[self.next - 1]

    def expect(self, sign: str) -> Token:
        if self.sign() != sign:
            found = self.peek()
            raise self.error(f"expected {sign!r}, found {found.text!r}" if found else f"expected {sign!r} before the end", found)
        return self.take()

    def nest(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.error(f"a formula nested more than {MAX_NESTING} deep")

    def index(self) -> Index:
        """``[0][2]``, ``[0, 2]``, ``[i][j]``, ``[t-1]``."""
        found: list[str] = []
        while self.sign() == "[":
            self.take()
            found.append(self.one_index())
            while self.sign() == ",":
                self.take()
                found.append(self.one_index())
            self.expect("]")
            if len(found) > MAX_INDICES:
                raise self.error(f"more than {MAX_INDICES} indices")
        return tuple(found)

    def one_index(self) -> str:
        sign = self.take().text if self.sign() == "-" else ""
        token = self.take()
        if token.kind == "number" and token.text.isdigit() and len(token.text) < 10:
            return sign + str(int(token.text))
        if token.kind != "name" or len(token.text) != 1 or not token.text.isascii() or sign:
            raise self.error(f"expected an index like 0, j or t-1, found {sign}{token.text}", token)
        if self.sign() not in ("+", "-"):
            return token.text
        shift = self.take().text
        delay = self.take()
        if delay.kind != "number" or not delay.text.isdigit() or len(delay.text) > 9:
            raise self.error(f"expected an index like t-1, found {token.text}{shift}{delay.text}", delay)
        return f"{token.text}{shift}{int(delay.text)}" if int(delay.text) else token.text
