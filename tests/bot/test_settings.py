"""The settings: what is right is taken, and what is wrong is told with file, key and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import founding, settings, wiring
from storage.records import Namnd

GOOD = """\
organisation = "Ekeby kommun"

[[namnd]]
key = "sn"
name = "Socialnämnden"
addresses = ["SN@ekeby.example"]
mailbox = { kind = "folder", folder = "mailbox/sn" }
"""


def _load(tmp_path: Path, text: str) -> settings.Settings:
    path = tmp_path / "namndbot.toml"
    path.write_text(text, "utf-8")
    return settings.load(path)


def _faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(settings.BadSettings) as told:
        _load(tmp_path, text)
    return [str(f).removeprefix(str(tmp_path / "namndbot.toml")) for f in told.value.faults]


def test_a_short_file_is_enough_and_paths_are_counted_from_its_folder(tmp_path: Path) -> None:
    made = _load(tmp_path, GOOD)
    assert made.database_url == f"sqlite:///{tmp_path / 'namndbot.db'}"
    assert made.folder("sn") == tmp_path / "mailbox/sn"
    assert made.namnder[0].addresses == ("sn@ekeby.example",)
    assert made.namnder[0].diarium == "own"


def test_the_file_that_init_writes_is_right_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "namndbot.toml"
    founding.write_settings(
        path, 'Ekeby "kommun"', [("sn", "Socialnämnden", "sn@ekeby.example"), ("bun", "BUN", "bun@ekeby.example")]
    )
    made = settings.load(path)
    assert [n.key for n in made.namnder] == ["sn", "bun"]
    assert made.organisation == 'Ekeby "kommun"'
    with pytest.raises(FileExistsError):
        founding.write_settings(path, "Annan kommun", [])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("organisation", "organisaton"),
            [", rad 1: organisaton: känner boten inte till. Menade du organisation?", "organisation: saknas."],
        ),
        (('key = "sn"', 'key = "Social Nämnden"'), [", rad 4: namnd.key: är 'Social Nämnden'."]),
        (('name = "Socialnämnden"', "name = 7"), [", rad 5: namnd.name: är 7. Skriv nämndens namn"]),
        (
            ('["SN@ekeby.example"]', '["sn.ekeby.example"]'),
            [", rad 6: namnd.addresses: har 'sn.ekeby.example', som inte är en e-postadress."],
        ),
        (('kind = "folder"', 'kind = "pop3"'), [', rad 7: namnd.mailbox.kind: är "pop3".']),
        (
            ("mailbox = ", "mailbx = "),
            [", rad 7: namnd.mailbx: känner boten inte till. Menade du mailbox?", "namnd.mailbox: saknas."],
        ),
        (
            ('"Ekeby kommun"', '"Ekeby kommun'),
            [', rad 1: filen: raden går inte att läsa (organisation = "Ekeby kommun)'],
        ),
    ],
)
def test_a_fault_names_file_line_key_and_what_to_write(
    tmp_path: Path, change: tuple[str, str], told: list[str]
) -> None:
    faults = _faults(tmp_path, GOOD.replace(*change))
    for words in told:
        assert any(words in fault for fault in faults), faults


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD + '\n[pages]\nport = "många"\nhst = "x"\n[reading]\nchildren = 0\n[nonsens]\n'
    faults = _faults(tmp_path, text)
    assert len(faults) == 4
    assert any("rad 10: pages.port" in f for f in faults)
    assert any("rad 13: reading.children: är 0." in f for f in faults)
    assert any("nonsens" in f for f in faults)


def test_two_namnder_may_not_share_key_or_address(tmp_path: Path) -> None:
    faults = _faults(tmp_path, GOOD + GOOD[GOOD.index("[[") :])
    assert any("namnd.key" in f and "rad 9" in f for f in faults), faults
    assert any("namnd.addresses" in f for f in faults)


def test_a_password_in_the_file_is_refused_and_one_from_a_file_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = _faults(tmp_path, GOOD + '[database]\nurl = "postgresql://nb:hemligt@db/nb"\n')
    assert any("innehåller ett lösenord" in f for f in wrong)
    assert not any("hemligt" in f for f in wrong)
    (tmp_path / "secret").write_text("å/b@c\n", "utf-8")
    (tmp_path / "svar").write_text("a key that several bots share\n", "utf-8")
    made = _load(
        tmp_path,
        GOOD
        + '[mail]\ntoken_key = { file = "svar" }\n[database]\nurl = "postgresql://nb@db/nb"\npassword = { file = "secret" }\n',
    )
    assert made.database_url == "postgresql+psycopg://nb:%C3%A5%2Fb%40c@db/nb"
    monkeypatch.setenv("NB_PW", "x")
    made = _load(
        tmp_path,
        GOOD
        + '[mail]\ntoken_key = { file = "svar" }\n[database]\nurl = "postgresql://nb@db/nb"\npassword = { env = "NB_PW" }\n',
    )
    assert made.database_url == "postgresql+psycopg://nb:x@db/nb"
    faults = _faults(
        tmp_path,
        GOOD
        + '[mail]\ntoken_key = { file = "svar" }\n[database]\nurl = "postgresql://nb@db/nb"\npassword = { env = "SAKNAS" }\n',
    )
    assert any("miljövariabeln SAKNAS finns inte" in f for f in faults)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(settings.BadSettings, match="namndbot init"):
        settings.load(tmp_path / "saknas.toml")


@pytest.mark.parametrize("text", ["", "\x00", "[[[", "namnd = 3", "a" * 100_000, "[namnd]\nkey=1", "namnd = [1, 2]"])
def test_any_text_is_answered_with_faults_and_never_with_a_trace(tmp_path: Path, text: str) -> None:
    assert _faults(tmp_path, text)


def test_the_key_of_answers_by_mail_is_made_once_for_this_account_alone(tmp_path: Path) -> None:
    made = _load(tmp_path, GOOD)
    assert made.namnder[0].token_keys == ()
    (key,) = wiring.answer_keys(made)
    assert len(key) >= 32
    assert (tmp_path / "svarsnyckel").stat().st_mode & 0o777 == 0o600
    assert wiring.answer_keys(_load(tmp_path, GOOD)) == (key,)
    assert _load(tmp_path, GOOD).namnder[0].token_keys == (key,)
    assert key.decode() not in repr(_load(tmp_path, GOOD))


def test_copies_that_share_a_database_must_share_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = _faults(tmp_path, GOOD + '[database]\nurl = "postgresql://nb@db/nb"\n')
    assert any("mail.token_key: saknas. Flera kopior av boten måste ha samma nyckel" in f for f in faults)
    monkeypatch.setenv("NB_KEY", "kort")
    short = _faults(tmp_path, GOOD + '[mail]\ntoken_key = { env = "NB_KEY" }\n')
    assert any("mail.token_key: är för kort." in f for f in short)
    monkeypatch.setenv("NB_KEY", "the key of today, long enough")
    monkeypatch.setenv("NB_OLD", "the key of yesterday, as long")
    mail = '[mail]\ntoken_key_before = { env = "NB_OLD" }\ntoken_key = { env = "NB_KEY" }\n'
    assert _load(tmp_path, GOOD + mail).namnder[0].token_keys == (
        b"the key of today, long enough",
        b"the key of yesterday, as long",
    )


def test_a_register_is_for_anybody_only_where_the_file_says_so(tmp_path: Path) -> None:
    def namnd(*lines: str) -> Namnd:
        return _load(tmp_path, GOOD.replace('name = "Soc', "\n".join((*lines, 'name = "Soc')))).namnder[0]

    told = namnd()
    assert (told.public_register, told.public_senders, told.public_titles) == (False, False, False)
    told = namnd("public_register = true", "public_titles = true")
    assert (told.public_register, told.public_senders, told.public_titles) == (True, False, True)
    for line, words in (
        ('public_register = "ja"', 'namnd.public_register: är "ja". Skriv true'),
        (
            "public_titles = true",
            "namnd.public_titles: är true, men diariet är inte öppet. Skriv public_register = true",
        ),
        ("public_registr = true", "namnd.public_registr: känner boten inte till. Menade du public_register?"),
    ):
        with pytest.raises(settings.BadSettings, match=re.escape(words)):
            namnd(line)


def test_the_mail_servers_name_is_a_name(tmp_path: Path) -> None:
    made = _load(tmp_path, GOOD + 'authserv_id = "MX.Ekeby.se"\nreply_plus = true\n')
    assert (made.namnder[0].authserv_id, made.namnder[0].reply_plus) == ("mx.ekeby.se", True)
    assert any("authserv_id: är 'mx ekeby'" in f for f in _faults(tmp_path, GOOD + 'authserv_id = "mx ekeby"\n'))
