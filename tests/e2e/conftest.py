"""Where the whole of it may run, and says so where it may not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import apart
from tests.e2e.running import ROOT
from tests.e2e.town import PLAYGROUND, Town, town

TOOLS = ROOT / ".e2e"
PICTURES = TOOLS / "pictures"


def lacking(*modules: str) -> str:
    """Return what is not there that is needed, beside these modules of Node; empty when all is."""
    if not shutil.which("node"):
        return "node is missing: apt-get install nodejs npm (as root), or from nodejs.org"
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return "chromium is missing: apt-get install chromium (as root)"
    for module in modules:
        if not (TOOLS / "node_modules" / module).exists():
            return f"{module} is missing: make e2e installs it (needs npm)"
    return "" if apart.is_apart() else apart.WHERE


@pytest.fixture
def ekeby(tmp_path: Path) -> Iterator[Town]:
    """A municipality whose bot does not run yet."""
    missing = lacking(PLAYGROUND, "playwright-core")
    if missing:
        pytest.skip(missing)
    with town(tmp_path, TOOLS, PICTURES) as made:
        yield made
