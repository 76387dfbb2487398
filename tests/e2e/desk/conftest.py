"""Where the desk's trial may run, and the municipality it runs on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import PICTURES, TOOLS, lacking
from tests.e2e.desk.filled import LATER, fill
from tests.e2e.desk.town import BEGIN, LOOKERS, Ekeby, ekeby

_NEEDS = ("playwright-core", "axe-core")


@pytest.fixture(scope="module")
def browser_is_there() -> None:
    """What is needed is there, or the test says what is not."""
    if missing := lacking(*_NEEDS):
        pytest.skip(missing)


@pytest.fixture(scope="module")
def town(browser_is_there: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ekeby]:
    """Ekeby whose bot does not run yet."""
    with ekeby(tmp_path_factory.mktemp("desk"), TOOLS, PICTURES / "desk") as made:
        yield made


@pytest.fixture(scope="module")
def filled(town: Ekeby) -> tuple[Ekeby, dict[str, str]]:
    """Ekeby two weeks later, with something on every page, and the links that people got; its bot runs."""
    town.start(BEGIN)
    town.settle()
    town.stop()
    links = fill(town)
    town.let_in(*(name for name in LOOKERS.values() if name), now=LATER)
    town.start(LATER)
    town.settle()
    return town, links
