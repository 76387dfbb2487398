"""Every page as every role: it asks nobody outside, breaks nothing, and can be read and reached by everybody."""

from __future__ import annotations

import lxml.html
import pytest

from tests.e2e.conftest import PICTURES
from tests.e2e.desk import walk
from tests.e2e.desk.town import LOOKERS, Ekeby

pytestmark = pytest.mark.e2e
Filled = tuple[Ekeby, dict[str, str]]
# What pages are made of that have been looked at from all sides; the same things with other words are glanced at.
_MADE: set[frozenset[tuple[str, str]]] = set()
_SOMEBODYS = ("/f/", "/angra/", "/in/")  # links of one person: others who open them may not go on from there


def _is_new(html: str) -> bool:
    page = lxml.html.document_fromstring(html)
    made = frozenset((str(one.tag), one.get("class", "")) for one in page.iter() if isinstance(one.tag, str))
    if any(made <= known for known in _MADE):
        return False
    _MADE.add(made)
    return True


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
        if asked["policy"].endswith("sandbox"):
            continue  # a stranger's content, looked at in the page that shows it
        if not asked["type"].startswith("text/html"):
            if asked["status"] == 200 and not asked["disposition"].startswith("attachment"):
                faults.append(f"{path}: {asked['type']} is shown, not handed over")
            continue
        status, html = window.go(path)
        # What may not be seen looks like what is not there: that page is looked at once.
        if (known := "404" if walk.is_missing(html) else window.at()) in looked:
            continue
        looked.add(known)
        if _is_new(html):
            picture = str(PICTURES / "desk" / f"{role}-{name}")
            told = window.ask("examine", picture=picture)
            told += window.ask("enlarge", url=town.url + path, picture=picture)
        else:
            told = window.ask("glance")
        faults += [f"{path}: {one}" for one in (*told, *window.faults())]
        if status == 200 and not path.startswith(_SOMEBODYS):
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
        told += [] if window.texts("[role=alert], .fault") else ["does not say what is wrong"]
        if status != mistake.status:
            told.append(f"answers {status}, not {mistake.status}")
        faults += [f"{path} {mistake.form}: {one}" for one in told]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


def test_the_bot_has_nothing_to_tell_of_after_all_that(filled: Filled) -> None:
    town, _ = filled
    town.stop()
    assert not [line for line in town.log().decode().splitlines() if line.startswith(("ERROR", "CRITICAL"))]
    assert b"Traceback" not in town.log()
