"""Makes ``templates/fonts/stix-two-math.woff2``: STIX Two Math cut down to what the HTML pages use.

    python -m pip install fonttools brotli ziamath
    python tests/tools/subset_font.py                # reads the font that the ziamath wheel carries
    python tests/tools/subset_font.py FONT.ttf OUT.woff2

The MATH table stays, and with it the larger sizes and the pieces of parentheses, radicals and
braces: without them a browser cannot stretch anything. The same input gives the same bytes, which
``tests/test_packaging.py`` checks where the tools are installed. The result stays under the SIL
Open Font License, ``templates/fonts/OFL.txt``.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "templates" / "fonts" / "stix-two-math.woff2"

RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x0391, 0x03A9),  # Greek capitals
    (0x03B1, 0x03C9),  # Greek small letters
    (0x1D400, 0x1D433),  # bold
    (0x1D434, 0x1D467),  # italic (h is U+210E)
    (0x1D468, 0x1D49B),  # bold italic
    (0x1D6A8, 0x1D6E1),  # bold Greek
    (0x1D6E2, 0x1D71B),  # italic Greek
    (0x1D71C, 0x1D755),  # bold italic Greek
    (0x1D7CE, 0x1D7D7),  # bold digits
)
SINGLE = (
    "\u00a0\u2009\u200a\u2061\u2062\u2063\u2064"  # spaces and the invisible operators of MathML
    "±¬·×÷′″‴‖−…⋯⋮⋱∂∇∑∏√∞∫≈≠≡≤≥≪≫∝∈∉⊂∀∃⋅∘∗⊙⊗⊕⊤ℎℓℒℝℰ"
    "←↑→↓↔⇐⇒⇔⟵⟶⟹↦"
    "ϑϕϖϰϱϵ"
    "⏞⏟⎴⎵⏜⏝⟨⟩⌈⌉⌊⌋∣∥"
    "^ˆ˜¯˙¨´`~‾_\u0302\u0303\u0304\u0305\u0307\u0308\u20d7\u0332\u0338"
    "\U0001d5b3"  # sans-serif T, for the transpose
)
# Flat accents, dotless letters, composed accents. The second drawing of each letter for use in
# superscripts (ssty) would make the file twice as large, and Chromium does not use it; only the
# primes need it, being far too small without, so their script form takes the place of the plain one.
FEATURES = ["flac", "dtls", "ccmp"]
PRIMES = (0x2032, 0x2033, 0x2034)


def characters() -> Iterator[int]:
    """The code points to keep; where a block has a hole the font has no glyph either."""
    for first, last in RANGES:
        yield from range(first, last + 1)
    yield from map(ord, SINGLE)


def subset(source: Path, target: Path) -> None:
    """Write the subset of the font file ``source`` to ``target`` as WOFF2."""
    from fontTools import subset as tool

    options = tool.Options(
        flavor="woff2",
        layout_features=FEATURES,
        hinting=False,
        glyph_names=False,
        recalc_timestamp=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 7, 13, 14],
        drop_tables=["DSIG", "gasp"],
    )
    font = tool.load_font(str(source), options)
    use_script_primes(font)
    subsetter = tool.Subsetter(options)
    subsetter.populate(unicodes=sorted(set(characters())))
    subsetter.subset(font)
    tool.save_font(font, str(target), options)


def use_script_primes(font: Any) -> None:
    """Map each prime to the form that the feature ``ssty`` would give it in a superscript."""
    table = font["GSUB"].table
    features = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "ssty"]
    lookups = {index for feature in features for index in feature.LookupListIndex}
    alternates: dict[str, str] = {}
    for index in sorted(lookups):
        for item in table.LookupList.Lookup[index].SubTable:
            item = getattr(item, "ExtSubTable", item)
            alternates.update({glyph: forms[0] for glyph, forms in getattr(item, "alternates", {}).items()})
            alternates.update(getattr(item, "mapping", {}))
    best = font.getBestCmap()
    scripted = {code: alternates[best[code]] for code in PRIMES}
    for mapping in font["cmap"].tables:
        mapping.cmap.update({code: glyph for code, glyph in scripted.items() if code in mapping.cmap})


def stix_two_math() -> Path:
    """The font as the ziamath wheel carries it; found without importing ziamath."""
    found = importlib.util.find_spec("ziamath")
    if found is None or found.origin is None:
        raise SystemExit("subset_font: no STIX Two Math here; run: python -m pip install ziamath, or name the font file")
    return Path(found.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


if __name__ == "__main__":
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else stix_two_math()
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET
    subset(source, target)
    print(f"{target}: {target.stat().st_size} bytes")
