"""A page in headless Chromium, in a frame of any width: what a script finds in it, and what the console says."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from conftest import browser_path

# A window has a least width: the page is looked at in a frame, which has none.
_FRAME = """<!DOCTYPE html><meta charset="utf-8"><title></title>
<iframe style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>"""
_PROBE = """<script>{library}</script><script>addEventListener("load", () => document.fonts.ready.then(async () => {{
  parent.document.title = JSON.stringify(await (async () => {{ {probe} }})()); }}));</script></body>"""
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--window-size=1400,1000",
)  # fmt: skip


def look(page: str, probe: str, folder: Path, width: int = 1000, dark: bool = False, library: str = "") -> tuple[Any, str]:
    """What the script ``probe`` returns on the page, and the lines of the console. ``library`` is loaded before it."""
    assert page.count("</body>") == 1
    own = page.replace("</body>", _PROBE.format(library=library, probe=probe))
    path = folder / "page.html"
    path.write_text(_FRAME.format(width=width, page=html.escape(own)), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [str(browser_path()), *_FLAGS, scheme, profile, "--virtual-time-budget=20000", "--dump-dom", path.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=180)
    title = re.search(r"<title>(.+?)</title>", run.stdout, re.DOTALL)
    assert title, run.stderr[-2000:]
    return json.loads(html.unescape(title[1])), "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)


_MEASURE = """
const all = [...document.querySelectorAll(".equations > div")], seen = all.filter(box => box.offsetParent);
const drawn = [...document.querySelectorAll("math")].filter(own => own.getClientRects().length);
return { page: document.documentElement.scrollWidth, window: document.documentElement.clientWidth, inner: innerWidth,
  wider: seen.filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent.slice(0, 60)),
  small: seen.filter(box => parseFloat(getComputedStyle(box.querySelector("math")).fontSize) < 11).length,
  boxes: document.querySelectorAll(".equations").length, seen: seen.length,
  drawn: drawn.length, flat: drawn.filter(own => own.getBoundingClientRect().height < 4).length,
  asked: performance.getEntriesByType("resource").map(entry => entry.name).filter(name => !name.startsWith("data:")),
  font: document.fonts.check("16px 'STIX Two Math'") };
"""


def open_in_browser(page: str, folder: Path, width: int) -> tuple[dict[str, Any], str]:
    """What the page measures, which addresses it asks for, and the lines of the console."""
    return look(page, _MEASURE, folder, width)
