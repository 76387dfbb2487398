"""Fixtures of the bot's room."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.store import Store
from tests.bot import house as houses


@pytest.fixture
def house(store: Store, tmp_path: Path) -> houses.House:
    """A house with an invented nämnd in it."""
    return houses.make(store, tmp_path)
