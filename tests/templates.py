"""Empty registers in their newest form, to be copied: the migrations are walked once in a test run."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from storage.store import Store


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="template"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Store(f"sqlite:///{folder / 'namndbot.db'}")
    made.migrate()
    made.close()
    return folder / "namndbot.db"


def sqlite_register(path: Path, *, high_water: Path | None = None) -> Store:
    """Return an empty register on SQLite in a new file."""
    shutil.copy(_template(), path)
    return Store(f"sqlite:///{path}", high_water=high_water)
