"""One copy of the bot does a thing, and a copy that slept too long is kept out."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.errors import LeaseLost
from storage.records import Notice
from storage.store import Store
from tests.builders import NOW

MINUTE = dt.timedelta(minutes=1)


def test_only_one_holder_has_a_lease_at_a_time(store: Store) -> None:
    with store.book() as book:
        first = book.take_lease("post:sn", "a", now=NOW, seconds=60)
        second = book.take_lease("post:sn", "b", now=NOW, seconds=60)
    assert first is not None
    assert second is None


def test_a_holder_that_slept_past_its_time_is_fenced_off(store: Store) -> None:
    with store.book() as book:
        slept = book.take_lease("post:sn", "a", now=NOW, seconds=60)
        taken = book.take_lease("post:sn", "b", now=NOW + 2 * MINUTE, seconds=60)
    assert slept is not None
    assert taken is not None
    assert taken.token > slept.token
    with pytest.raises(LeaseLost), store.book() as book:
        book.still_mine(slept)
    with store.book() as book:
        book.still_mine(taken)


def test_the_same_holder_prolongs_its_lease_with_the_same_token(store: Store) -> None:
    with store.book() as book:
        first = book.take_lease("post:sn", "a", now=NOW, seconds=60)
        again = book.take_lease("post:sn", "a", now=NOW + MINUTE / 2, seconds=60)
    assert first is not None
    assert again is not None
    assert again.token == first.token
    assert again.until > first.until


def test_a_lease_given_back_is_free_at_once(store: Store) -> None:
    with store.book() as book:
        first = book.take_lease("post:sn", "a", now=NOW, seconds=60)
        assert first is not None
        book.give_back(first)
        assert book.take_lease("post:sn", "b", now=NOW, seconds=60) is not None


@pytest.mark.parametrize("away", [dt.timedelta(days=-1), dt.timedelta(days=400)])
def test_a_lease_given_back_while_the_clock_was_wrong_is_free(store: Store, away: dt.timedelta) -> None:
    with store.book() as book:
        first = book.take_lease("post:sn", "a", now=NOW + away, seconds=15)
        assert first is not None
        book.give_back(first)
        second = book.take_lease("post:sn", "b", now=NOW, seconds=15)
    assert second is not None
    with pytest.raises(LeaseLost), store.book() as book:
        book.still_mine(first)


def test_a_lease_that_was_taken_while_the_clock_was_wrong_keeps_nobody_out_for_a_day(store: Store) -> None:
    with store.book() as book:
        book.take_lease("post:sn", "a", now=NOW + dt.timedelta(days=1), seconds=15)
        assert book.take_lease("post:sn", "b", now=NOW, seconds=15) is not None
    # Two clocks that go a little apart are no reason.
    with store.book() as book:
        assert book.take_lease("post:sn", "c", now=NOW - 2 * MINUTE, seconds=15) is None


def test_a_claim_that_was_made_while_the_clock_was_wrong_holds_no_notice_for_a_day(store: Store) -> None:
    _queue(store, "1")
    with store.book() as book:
        first = book.claim_notice("a", now=NOW + dt.timedelta(days=1), seconds=120)
        assert first is not None
        assert book.claim_notice("b", now=NOW, seconds=120) is not None
        assert book.claim_notice("c", now=NOW - 2 * MINUTE, seconds=120) is None
        assert book.notice_sent(first, now=NOW) is False


def _queue(store: Store, key: str) -> bool:
    with store.book() as book:
        return book.queue("kvitto", key, namnd="sn", address="y@ekeby.example", message_id="<1@e>", now=NOW)


def _claim(store: Store, holder: str, now: dt.datetime) -> Notice | None:
    with store.book() as book:
        return book.claim_notice(holder, now=now, seconds=60)


def test_a_notice_is_queued_once_under_its_key(store: Store) -> None:
    assert _queue(store, "sn:kvitto:1")
    assert not _queue(store, "sn:kvitto:1")


def test_a_claimed_notice_is_not_given_to_another(store: Store) -> None:
    _queue(store, "k")
    assert _claim(store, "a", NOW) is not None
    assert _claim(store, "b", NOW) is None


def test_a_copy_that_slept_past_its_claim_cannot_mark_the_notice(store: Store) -> None:
    _queue(store, "k")
    slept = _claim(store, "a", NOW)
    taken = _claim(store, "b", NOW + 2 * MINUTE)
    assert slept is not None
    assert taken is not None
    with store.book() as book:
        assert not book.notice_sent(slept, now=NOW)
        assert book.notice_sent(taken, now=NOW)


def test_a_failed_notice_waits_and_in_the_end_is_dead_with_its_reason(store: Store) -> None:
    _queue(store, "k")
    notice = _claim(store, "a", NOW)
    assert notice is not None
    with store.book() as book:
        book.notice_failed(notice, "TimeoutError", next_try_at=NOW + MINUTE)
    assert _claim(store, "a", NOW) is None
    again = _claim(store, "a", NOW + MINUTE)
    assert again is not None
    with store.book() as book:
        book.notice_failed(again, "TimeoutError", next_try_at=None)
    with store.look() as book:
        assert [(n.state, n.error, n.attempts) for n in book.notices()] == [("dead", "TimeoutError", 2)]
