"""A bot in a process of its own that is killed at random moments, and letters enough for it."""

from __future__ import annotations

import subprocess
import sys

from bot import settings


def word(number: int) -> str:
    """Return a word of its own for each letter: titles that are alike would be asked about."""
    syllables = ("bo", "da", "fi", "gu", "ka", "lu", "mi", "no", "ra", "se")
    return "".join(syllables[int(figure)] for figure in f"{number:04d}")


def motion(number: int) -> tuple[str, str]:
    """Return the subject and the text of a motion that is like no other."""
    about = f"{word(number)}gatan och {word(7 * number + 3)}torget"
    return f"Motion om {about}", f"Motion om {about}\n\nJag föreslår\natt {about} rustas\n\nEbba Påhitt (XP)"


def start(made: settings.Settings) -> subprocess.Popen[bytes]:
    """Start the bot for one round."""
    command = [sys.executable, "-m", "bot", "run", "--once", "--settings", str(made.file)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
