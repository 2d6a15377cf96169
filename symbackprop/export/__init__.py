"""Derivation → source code that stands alone, in several languages.

`program` finds what is computed and how the file's user names it, `values` the numbers of the self-check, `comments` what is
said beside a line, `runtimes` the functions that the code calls. A language is a module that prints all of it, and one entry of
`LANGUAGES`.
"""

from .languages import LANGUAGES, Language, export, exports, file_names

__all__ = ["LANGUAGES", "Language", "export", "exports", "file_names"]
