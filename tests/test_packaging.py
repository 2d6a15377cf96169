"""The built wheel holds what is needed to run, and the math font draws what the pages contain."""

from __future__ import annotations

import base64
import os
import re
import struct
import subprocess
import sys
import tarfile
import tomllib
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from tools import subset_font

import symbackprop

ROOT = Path(__file__).resolve().parents[1]
FONT = ROOT / "templates" / "fonts" / "stix-two-math.woff2"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from the unpacked sdist."""
    folder = tmp_path_factory.mktemp("built")
    build(ROOT, "sdist", folder)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder / "unpacked")
    build(next((folder / "unpacked").iterdir()), "wheel", folder)
    return folder


def build(source: Path, kind: str, target: Path) -> None:
    code = f"from hatchling.build import build_{kind}; build_{kind}({str(target)!r})"
    run = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="session")
def installed(built: Path) -> Path:
    """The wheel unpacked, as pip would lay it out."""
    target = built / "site"
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(target)
    return target


def tracked(folder: str) -> set[str]:
    """The files under a folder of the checkout that belong in the package."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def test_wheel_holds_code_examples_and_templates(installed: Path) -> None:
    shipped = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    expected = tracked("symbackprop") | {f"symbackprop/{name}" for name in tracked("templates")}
    assert {name for name in shipped if ".dist-info/" not in name} == expected
    assert {"symbackprop/templates/fonts/stix-two-math.woff2", "symbackprop/templates/fonts/OFL.txt"} <= shipped
    assert any(re.fullmatch(r"symbackprop/examples/.+\.toml", name) for name in shipped)
    assert {"symbackprop/examples/claims/003.toml", "symbackprop/examples/claims/networks/004-rows.toml"} <= shipped


def test_metadata_is_that_of_the_project(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert f"\nVersion: {symbackprop.__version__}\n" in text
    assert "\nRequires-Python: >=3.11\n" in text
    assert (metadata.parent / "licenses" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_dependencies_are_those_that_are_imported() -> None:
    """Everything imported anywhere in the package is declared, and nothing else is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(own for name in ("c", "jax", "notebook", "torch") for own in extras[name])]
    declared = {re.split(r"[<>=]", requirement)[0] for requirement in wanted}
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "symbackprop").rglob("*.py"))
    found = set(re.findall(r"^[ \t]*(?:import|from) ([a-z_]\w*)", text, re.MULTILINE))
    imported = {name.replace("_", "-") for name in found - set(sys.stdlib_module_names) - {"symbackprop"}}
    assert imported == declared


def test_wheel_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    others = [entry for entry in sys.path if entry and Path(entry).resolve() not in (ROOT, ROOT / "tests")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(installed), *others])}
    command = [sys.executable, "-m", "symbackprop", "derive", "chain", "--output", "out"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    (page,) = (tmp_path / "out").glob("*.html")
    assert "<math" in page.read_text(encoding="utf-8")
    where = subprocess.run(
        [sys.executable, "-c", "import symbackprop; print(symbackprop.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.strip() == str(installed / "symbackprop" / "__init__.py")


# The font.


def test_font_is_small_licensed_and_complete() -> None:
    font = TTFont(FONT)
    wanted = set(subset_font.characters())
    source = TTFont(subset_font.stix_two_math())
    assert FONT.stat().st_size < 60_000
    assert wanted & set(source.getBestCmap()) <= set(font.getBestCmap())
    assert {ord(character) for character in "∂∇∑√∞≈≤≥±·×⋅′‖−→⏟⏞ˆ⊙∘⊤"} <= set(font.getBestCmap())
    assert font["name"].getDebugName(0) in (FONT.parent / "OFL.txt").read_text(encoding="utf-8")


def test_font_is_what_the_script_makes(tmp_path: Path) -> None:
    """Table by table, because another version of the compressor writes other bytes."""
    made = tmp_path / "made.woff2"
    subset_font.subset(subset_font.stix_two_math(), made)
    fresh, kept = TTFont(made), TTFont(FONT)
    assert fresh.getBestCmap() == kept.getBestCmap()
    for table in ("MATH", "glyf", "hmtx", "GSUB"):
        assert fresh.getTableData(table) == kept.getTableData(table), table


# A tall fraction in a green parenthesis, a wide sum in blue over a red brace: the extent of each colour tells what was stretched.
_PAGE = """<!doctype html><meta charset="utf-8">
<style>
  @font-face {{ font-family: Page; src: url(data:font/woff2;base64,{font}) }}
  math {{ font-family: Page; font-size: 24px }}
</style>
<math display="block">
  <mrow>
    <mo style="color: #0f0">(</mo>
    <mfrac style="color: #f0f"><mfrac><mi>a</mi><mi>b</mi></mfrac><mfrac><mi>c</mi><mi>d</mi></mfrac></mfrac>
  </mrow>
  <munder accentunder="true">
    <mrow style="color: #00f"><mi>x</mi><mo>+</mo><mi>y</mi><mo>+</mo><mi>z</mi><mo>+</mo><mi>w</mi></mrow>
    <mo style="color: #f00">⏟</mo>
  </munder>
</math>"""
_COLOURS = {"fence": (0, 255, 0), "tall": (255, 0, 255), "wide": (0, 0, 255), "brace": (255, 0, 0)}


def drawn(font: bytes, browser: str, folder: Path) -> dict[str, tuple[int, int]]:
    """Width and height in pixels of each coloured part of the page, as a browser draws it with this font."""
    page, picture = folder / "page.html", folder / "page.png"
    page.write_text(_PAGE.format(font=base64.b64encode(font).decode()), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--hide-scrollbars", "--window-size=400,200"]
    command = [browser, *flags, f"--user-data-dir={folder / 'profile'}", f"--screenshot={picture}", page.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert picture.exists(), run.stderr[-2000:]
    found: dict[str, tuple[int, int]] = {}
    rows = pixels(picture.read_bytes())
    for name, colour in _COLOURS.items():
        at = [(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row) if pixel == colour]
        assert at, f"no pixel of {name} in {picture}"
        xs, ys = zip(*at, strict=True)
        found[name] = (max(xs) - min(xs) + 1, max(ys) - min(ys) + 1)
    return found


def pixels(png: bytes) -> list[list[tuple[int, ...]]]:
    """Rows of (red, green, blue) of an 8-bit PNG without interlacing, which is what Chromium writes (PNG specification, 9)."""
    place, data, width, channels = 8, b"", 0, 3
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, _, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0)
            channels = {2: 3, 6: 4}[colour]
        if kind == b"IDAT":
            data += body
        place += length + 12
    raw, stride, rows = zlib.decompress(data), width * channels, []
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for i in range(stride):
            left, up, corner = (line[i - channels], above[i], above[i - channels]) if i >= channels else (0, above[i], 0)
            line[i] = (line[i] + _predicted(kind, left, up, corner)) % 256
        rows.append([tuple(line[i : i + 3]) for i in range(0, stride, channels)])
        above = line
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        return min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2)[kind]


@pytest.mark.needs_browser
def test_browser_stretches_fences_and_braces(browser: str, tmp_path: Path) -> None:
    size = drawn(FONT.read_bytes(), browser, tmp_path)
    assert size["fence"][1] > 0.8 * size["tall"][1]  # only whole pixels count, and the ends are thin
    assert 0.8 < size["brace"][0] / size["wide"][0] < 1.2


@pytest.mark.needs_browser
def test_without_its_math_table_the_font_stretches_nothing(browser: str, tmp_path: Path) -> None:
    """The measurement sees the fault that it is there for."""
    font = TTFont(FONT)
    del font["MATH"]
    out = BytesIO()
    font.save(out)
    size = drawn(out.getvalue(), browser, tmp_path)
    assert size["fence"][1] < 0.6 * size["tall"][1]
    assert size["brace"][0] < 0.6 * size["wide"][0]
