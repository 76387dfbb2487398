"""Every page as every role: it asks nobody outside, breaks nothing, and can be read and reached by everybody."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.e2e.conftest import PICTURES
from tests.e2e.desk import walk
from tests.e2e.desk.town import LOOKERS, Ekeby

pytestmark = pytest.mark.e2e
Filled = tuple[Ekeby, dict[str, str]]
_CHANGING = re.compile(r'(name="(csrf|once)" value=")[^"]*|\?[0-9a-f]{12}')


def _same(html: str) -> str:
    """Return what a page is known by: the same page as another role is not looked at twice."""
    return hashlib.sha256(_CHANGING.sub("", html).encode()).hexdigest()


@pytest.mark.parametrize("role", LOOKERS)
def test_every_page_is_whole_for_every_role(filled: Filled, role: str) -> None:
    town, links = filled
    store = town.store()
    found = walk.values(store, links)
    store.close()
    window = town.desk(LOOKERS[role])
    faults: list[str] = []
    linked: dict[str, str] = {}
    looked: set[str] = set()
    for name, path in walk.addresses(found):
        asked = window.ask("asks", url=town.url + path)
        if asked["status"] >= 500:
            faults.append(f"{path}: {asked['status']}")
        if not asked["type"].startswith("text/html"):
            if asked["status"] == 200 and not asked["disposition"].startswith("attachment"):
                faults.append(f"{path}: {asked['type']} is shown, not handed over")
            continue
        status, html = window.go(path)
        if status == 404 and "not-a-token" not in path and walk.is_missing(html) and "finns-inte" not in path:
            # What may not be seen looks like what is not there; that page is looked at once.
            continue
        if (known := _same(html)) in looked:
            continue
        looked.add(known)
        picture = str(PICTURES / "desk" / f"{role}-{name}")
        told = [*window.ask("examine", picture=picture), *window.faults()]
        told += window.ask("enlarge", url=town.url + path, picture=picture)
        faults += [f"{path}: {one}" for one in told]
        linked |= {url: path for url in window.ask("links") if url != town.url + path}
    for url, path in linked.items():
        if not url.startswith(town.url):
            faults.append(f"{path}: leads out of the house to {url}")
        elif (asked := window.ask("asks", url=url))["status"] not in (200, 303):
            faults.append(f"{path}: its link {url.removeprefix(town.url)} gives {asked['status']}")
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)
    assert len(looked) >= 5


def test_every_page_of_what_went_wrong_can_be_read_and_reached(filled: Filled) -> None:
    town, links = filled
    store = town.store()
    found = {name: values[0] for name, values in walk.values(store, links).items() if values}
    store.close()
    faults = []
    for number, mistake in enumerate(walk.MISTAKES):
        window, path = town.desk(LOOKERS[mistake.who]), mistake.page.format_map(found)
        window.go(path)
        status = window.ask("send", form=mistake.form, values=mistake.values)
        picture = str(PICTURES / "desk" / f"mistake-{number}")
        told = [*window.ask("examine", picture=picture), *window.faults()]
        if status != mistake.status:
            told.append(f"answers {status}, not {mistake.status}")
        faults += [f"{path} {mistake.form}: {one}" for one in told]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


def test_the_bot_has_nothing_to_tell_of_after_all_that(filled: Filled) -> None:
    town, _ = filled
    town.stop()
    assert not [line for line in town.log().decode().splitlines() if line.startswith(("ERROR", "CRITICAL"))]
    assert b"Traceback" not in town.log()
