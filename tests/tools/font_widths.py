"""Writes symbackprop/document/font_widths.json: widths, italic corrections and kerns of the fonts that LaTeX pages are set in.

Run it with Python where TeX and its `tftopl` are installed. Widths are in 1/10000 of the font's size, a list by character
code; kerns by the two characters of these codes. The fonts are Latin Modern at 10.95, 8 and 6 pt, and its large symbols,
which have one size.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "symbackprop" / "document" / "font_widths.json"

# Names of the metric files for text, first and second indices, as lmodern's font definitions choose them.
FONTS = {
    "roman": ("rm-lmr10", "rm-lmr8", "rm-lmr6"),
    "italic": ("lmmi10", "lmmi8", "lmmi6"),
    "symbols": ("lmsy10", "lmsy8", "lmsy6"),
    "bold": ("rm-lmbx10", "rm-lmbx8", "rm-lmbx6"),
    "bold italic": ("lmmib10", "lmmib10", "lmmib7"),
    "sans": ("rm-lmss10", "rm-lmss8", "rm-lmss8"),
    "text italic": ("rm-lmri10", "rm-lmri8", "rm-lmri7"),
    "large": ("lmex10",),
}
# Characters that a page can have, by code; of roman fonts the Greek capitals, the ligatures and ASCII.
ROMAN = [*range(0o20), *range(0o40, 0o177)]
CODES = {
    "italic": [*range(0o13, 0o50), *range(0o72, 0o100), *range(0o100, 0o175)],
    "symbols": [*range(0o72), 0o77, *range(0o101, 0o133), *range(0o133, 0o166), 0o170, 0o171],
    "large": list(range(0o165)),
}
CODES["bold italic"] = CODES["italic"]
# Kerns of the fonts in which words stand. Those at 10 pt serve all sizes.
KERNED = ("roman", "bold", "italic")
_LETTER = r"(?:C (?P<{0}letter>\S)|O (?P<{0}code>\d+))"


def property_list(name: str) -> str:
    place = subprocess.run(["kpsewhich", f"{name}.tfm"], capture_output=True, text=True, check=True).stdout.strip()
    return subprocess.run(["tftopl", place], capture_output=True, text=True, check=True).stdout


def code(match: re.Match[str], prefix: str = "") -> int:
    letter = match[f"{prefix}letter"]
    return ord(letter) if letter else int(match[f"{prefix}code"], 8)


def measured(text: str, codes: list[int]) -> dict[str, object]:
    """Widths by code from 0 on, 0 where a character is missing or not wanted; italic corrections where there are some."""
    widths, italics = [0] * (max(codes) + 1), {}
    for match in re.finditer(r"\(CHARACTER " + _LETTER.format("") + r"(?P<body>.*?)\n   \)", text, re.S):
        own = code(match)
        if own not in codes:
            continue
        width, italic = (re.search(rf"\({key} R ([\d.]+)\)", match["body"]) for key in ("CHARWD", "CHARIC"))
        widths[own] = round(1e4 * float(width[1])) if width else 0
        if italic and float(italic[1]) >= 5e-5:
            italics[own] = round(1e4 * float(italic[1]))
    quad = re.search(r"\(QUAD R ([\d.]+)\)", text)
    return {"quad": round(1e4 * float(quad[1])) if quad else 0, "widths": widths, "italics": italics}


def kerns(text: str) -> dict[str, int]:
    """Kerns between two characters, named by their codes: of several characters the same program may serve."""
    table = re.search(r"\(LIGTABLE(.*?)\n   \)\n", text, re.S)
    found: dict[str, int] = {}
    current: list[int] = []
    done = False
    for line in table[1].splitlines() if table else ():
        label = re.search(r"\(LABEL " + _LETTER.format("") + r"\)", line)
        kern = re.search(r"\(KRN " + _LETTER.format("") + r" R (-?[\d.]+)\)", line)
        if label:
            current = [*([] if done else current), code(label)]
            done = False
        elif kern and 33 < code(kern) < 127:
            for own in current:
                if own < 127 and abs(float(kern[3])) >= 5e-4:
                    found.setdefault(chr(own) + chr(code(kern)), round(1e4 * float(kern[3])))
        done = done or "(STOP)" in line
    return found


def font_widths() -> str:
    """The file's text."""
    fonts: dict[str, object] = {}
    for name, files in FONTS.items():
        texts = [property_list(file) for file in files]
        fonts[name] = {"sizes": [measured(text, CODES.get(name, ROMAN)) for text in texts]}
        if name in KERNED:
            fonts[name] |= {"kerns": kerns(texts[0])}  # type: ignore[operator]
    # One line for each list.
    text = json.dumps(fonts, separators=(",", ":"))
    return re.sub(r'(?<=[\]}]),|(?<=":)(?=\{"sizes)|(?<=\[)(?=\{"quad)', lambda match: match[0] + "\n", text) + "\n"


if __name__ == "__main__":
    TARGET.write_text(font_widths(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size} bytes\n")
