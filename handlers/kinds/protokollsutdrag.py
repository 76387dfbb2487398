"""An extract of the minutes of another body: a decision, sometimes with a task for the nämnd."""

from handlers.kinds.kind import Kind

KIND = Kind("protokollsutdrag", "Protokollsutdrag")
