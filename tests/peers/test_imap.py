"""The bot with a real Dovecot and a real Postfix, kill -9 for all of them, and people who move letters meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mailboxes.dovecot import need_dovecot
from tests.peers.world import world

# The libraries of those who hand in letters leave a socket behind where a server was killed in its greeting.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LETTERS = int(os.environ.get("PEERS_LETTERS", "5000"))


def test_three_kills_during_60_letters_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    need_dovecot()
    with world(tmp_path, seed=3, with_postfix=False) as made:
        made.live(60, bot_kills=3, server_kills=2)
        assert made.killed == {"bot": 3, "dovecot": 2}
        made.assert_whole()


@pytest.mark.peers
def test_thousands_of_letters_by_smtp_while_everything_is_killed_are_each_registered_once(tmp_path: Path) -> None:
    with world(tmp_path, seed=11, with_postfix=True) as made:
        made.live(LETTERS, bot_kills=40, server_kills=40)
        print(f"killed {made.killed}, moved by people {made.moved_by_people}, letters {len(made.accepted)}")
        assert made.killed["bot"] >= 40
        assert made.killed["dovecot"] == 30
        assert made.killed["postfix"] == 10
        assert made.moved_by_people > 20
        made.assert_whole()
