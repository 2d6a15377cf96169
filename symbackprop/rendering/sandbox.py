"""What a template may do: read what it is given, and nothing else of the machine.

Imported where the first template is filled, because it needs Jinja2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .writer import Writer

MAX_BYTES = 1_000_000  # of a template
MAX_RANGE = 1_000_000  # numbers that the templates of one page take from range()
MAX_REPEATED = 1_000_000  # letters or items of a product of a text or a list


class Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox whose templates reach no module and no class, and cannot count or repeat without end."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, limited: bool, **options: Any) -> None:
        """The package's own templates are not ``limited``: they serve many pages."""
        super().__init__(**options)
        self.left = MAX_RANGE
        if limited:
            self.globals["range"] = self._range
            del self.globals["lipsum"]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, Writer) and not callable(value) and not isinstance(value, str | int | float | Writer):
            return False  # of a writer only its functions and settings
        return super().is_safe_attribute(obj, attr, value) and not isinstance(value, ModuleType | type)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SecurityError("templates have no powers")
        for text, count in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(count, int) and len(text) * count > MAX_REPEATED:
                raise SecurityError(f"a text or a list is repeated {count} times; the limit is {MAX_REPEATED} letters or items")
        return super().call_binop(context, operator, left, right)

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        self.left -= len(found)
        if self.left < 0:
            raise SecurityError(f"the templates of a page may count to {MAX_RANGE} with range(), all loops together")
        return found


class _Own(FileSystemLoader):
    """The files of one folder, and none that a link in it points to elsewhere."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source = Path(self.searchpath[0], *template.split("/"))
        if not source.resolve().is_relative_to(Path(self.searchpath[0]).resolve()):
            raise TemplateNotFound(template)
        if source.is_file() and source.stat().st_size > MAX_BYTES:
            raise self._refused(f"more than {MAX_BYTES // 1_000_000} MB, the limit of a template", template)
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError:
            raise self._refused("not UTF-8 text", template) from None

    def _refused(self, problem: str, template: str) -> TemplateSyntaxError:
        return TemplateSyntaxError(problem, 1, template, str(Path(self.searchpath[0], template)))


def loader(default: Path, own: Path | None) -> BaseLoader:
    """The author's templates before those of the package, which ``default/NAME`` reaches in any case."""
    shipped = FileSystemLoader(default)
    return ChoiceLoader([PrefixLoader({"default": shipped}), *([_Own(own)] if own else []), shipped])
