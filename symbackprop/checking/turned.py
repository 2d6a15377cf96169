"""A claim whose shapes do not fit, as it would with one matrix transposed, two factors exchanged, or two letters exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from ..array_tree import Element, MatMul, Outer, Transpose
from ..document.scripts import split_index
from ..plain_text import plain_text
from ..tree import Derivative, Name, Tree, fold, rebuild
from .reading.names import Names, is_letter
from .statement import Statement

_LETTER = re.compile(r"(?<=\[)[A-Za-z](?=\])")


def turned(statement: Statement, names: Names) -> Iterator[tuple[str, Statement]]:
    """(what is changed, the statement with it), one change at a time."""
    for text, changed in _changed(statement.right, names):
        yield text, replace(statement, right=changed)
    for text, changed in _changed(statement.left, names):
        yield text, replace(statement, left=changed)
    for one, two in combinations(_letters(statement.left), 2):
        text = f"the indices {one} and {two} are exchanged"
        yield text, replace(statement, left=_exchanged(statement.left, {one: two, two: one}))


def _changed(tree: Tree, names: Names) -> Iterator[tuple[str, Tree]]:
    for part in dict.fromkeys(_nodes(tree)):
        for text, new in _changes(part, names):
            yield text, fold(tree, lambda node, parts: _with(node, parts, part, new))  # noqa: B023 - used at once


def _nodes(tree: Tree) -> Iterator[Any]:
    stack = [tree]
    while stack:
        node = stack.pop(0)
        yield node
        stack[:0] = node.children


def _changes(part: Any, names: Names) -> Iterator[tuple[str, Tree]]:
    match part:
        case Transpose(Name(name)):
            yield f"{name} is transposed, and must not be", Name(name)
        case Name(name) if len(names.shape(name)) == 2:
            yield f"{name} must be transposed", Transpose(part)
        case MatMul() | Outer():
            for new in (Outer(part.right, part.left), MatMul(part.right, part.left), Outer(part.left, part.right)):
                if new != part:
                    yield f"{plain_text(part)} must be {plain_text(new)}, its transpose", new


def _with(node: Any, parts: list[Tree], part: Any, new: Tree) -> Tree:
    return new if node == part else rebuild(node, parts) if parts else node


def _letters(tree: Tree) -> list[str]:
    used = [split_index(node.wrt if isinstance(node, Derivative) else node.name)[1] for node in _named(tree)]
    return list(dict.fromkeys(own for index in used for own in index if is_letter(own) and len(own) == 1))


def _named(tree: Tree) -> Iterator[Name | Derivative]:
    return (node for node in _nodes(tree) if isinstance(node, Name | Derivative))


def _exchanged(tree: Tree, letters: dict[str, str]) -> Tree:
    def other(text: str) -> str:
        return _LETTER.sub(lambda match: letters.get(match[0], match[0]), text)

    def change(node: Any, parts: list[Tree]) -> Tree:
        match node:
            case Name(name):
                return Name(other(name))
            case Derivative():
                return Derivative(other(node.of), other(node.wrt), node.direct)
            case Element():
                return Element(parts[0], tuple(letters.get(own, own) for own in node.index))
        return rebuild(node, parts) if parts else node

    return fold(tree, change)
