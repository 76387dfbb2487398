"""The page that takes back what an answer by mail did: a link from a mail opens it, and opening it never acts."""

from __future__ import annotations

from bot.pages import views
from bot.pages.desk import Answer, Ask, Missing, Shown
from handlers import answers_by_mail, gates
from handlers.notices import links
from handlers.notices.words import upper_first
from storage.errors import NotFound
from storage.records import Namnd, Notice, Person
from storage.store import Book


def show(ask: Ask) -> Answer:
    """Show what would be taken back. Nothing is written: mail filters open every link."""
    try:
        with ask.desk.store.look() as book:
            notice, _, namnd = _meant(book, ask)
            return _page(notice, namnd, undone=book.is_undone(notice.id))
    except (Missing, NotFound):
        return Shown("question_dead.html", {}, 404)


def take_back(ask: Ask) -> Answer:
    """Take back all that the mail told of, as far as that can be, and say what was."""
    try:
        with ask.desk.store.book() as book:
            notice, person, namnd = _meant(book, ask)
            told, _ = answers_by_mail.undo_told(book, notice.id, notice.data, person, namnd, now=ask.now)
    except (Missing, NotFound):
        return Shown("question_dead.html", {}, 404)
    ask.desk.wake()
    said = [upper_first(views.clean(line, 400)) for line in (*told.done, *told.refused)]
    title = "Ångrat" if told.done else "Det gick inte att ångra"
    view = {"over": namnd.name, "title": title, "said": said, "may": False}
    return Shown("undo.html", view, 200 if told.done else 409)


def _meant(book: Book, ask: Ask) -> tuple[Notice, Person, Namnd]:
    """Return what a living link takes back, for whom; of what has become secret there is nothing."""
    notice = book.notice(ask.number("notice"))
    namnd = ask.desk.namnder.get(notice.namnd)
    person = book.person(notice.person_id) if notice.person_id else None
    if notice.kind != "svarat" or namnd is None or person is None or not notice.data.get("undo"):
        raise Missing
    if not links.may_undo(notice, ask.params["token"][:80], person, namnd, today=ask.today):
        raise Missing
    if gates.is_about_hushed(book, notice) or not book.roles(on=ask.today, namnd=namnd.key, person_id=person.id):
        raise Missing
    return notice, person, namnd


def _page(notice: Notice, namnd: Namnd, *, undone: bool) -> Shown:
    done = [upper_first(views.clean(str(line), 400)) for line in notice.data.get("done", ())]
    title = "Det är redan ångrat" if undone else "Vill du ångra det här?"
    return Shown("undo.html", {"over": namnd.name, "title": title, "said": done, "may": not undone})
