"""A browser with a window for each person; what each order took is kept."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

PHONE = 320  # pixels that a phone of 390 leaves a card
HERE = Path(__file__).parent


class Missed(AssertionError):
    """What a person would have seen or pressed is not there."""


class Browser:
    """Opened and closed by `with`."""

    def __init__(self, tools: Path, pictures: Path, driver: Path = HERE / "browser.mjs") -> None:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
        self.pictures = pictures
        self.seconds = 0.0  # of the last order
        self._process = subprocess.Popen(
            ["node", str(driver), str(tools / "node_modules"), chromium],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, order: str, who: str, **given: Any) -> Any:
        """Give an order and return what is told. Raises Missed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"order": order, "who": who, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Missed(f"the browser has ended (code {self._process.wait()})")
        told = json.loads(line)
        self.seconds = told["seconds"]
        if "fault" in told:
            raise Missed(f"{order} for {who} {given}: {told['fault']}")
        return told["told"]

    def window(self, who: str) -> Window:
        """Return the window of a person that is open."""
        return Window(self, who)


class Window:
    """What a person has before them, and what they do there."""

    def __init__(self, browser: Browser, who: str) -> None:
        self._browser = browser
        self.who = who

    def ask(self, order: str, **given: Any) -> Any:
        return self._browser.ask(order, self.who, **given)

    def go(self, name: str) -> None:
        """Go to another chat, by its name in the list."""
        self.ask("go", name=name)

    def write(self, text: str, mention: str = "") -> None:
        self.ask("write", text=text, mention=mention)

    def card(self, *words: str, seconds: float = 20.0) -> str:
        """Wait for a card that holds all of these words; return everything that stands on it."""
        return str(self.ask("waitCard", words=words, patience=int(seconds * 1000)))

    def sees(self, words: str, seconds: float = 20.0) -> None:
        self.ask("waitText", words=words, patience=int(seconds * 1000))

    def press(self, button: str, *words: str) -> None:
        """Press a button of the newest card that holds all of these words."""
        self.ask("press", words=words, button=button)

    def choose(self, choice: str, *words: str) -> None:
        self.ask("choose", words=words, choice=choice)

    def fill(self, text: str, *words: str, kind: str = "input") -> None:
        self.ask("fill", words=words, kind=kind, text=text)

    def buttons(self, *words: str) -> list[str]:
        return [str(one) for one in self.ask("buttons", words=words)]

    def cards(self) -> list[str]:
        return [str(one) for one in self.ask("cards")]

    def said(self) -> str:
        """Return every word that stands in the window."""
        return str(self.ask("said"))

    def picture(self, name: str, *words: str) -> None:
        """Keep a picture of a card, or of the whole window."""
        assert re.fullmatch(r"[\w-]+", name)
        self.ask("picture", words=words, file=str(self._browser.pictures / f"{name}.png"))
        if words:
            wider = self.ask(
                "picture", words=words, file=str(self._browser.pictures / f"{name}-mobil.png"), width=PHONE
            )
            assert not wider, f"{name} is {wider} px too wide for a phone"
