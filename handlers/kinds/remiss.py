"""A remiss: somebody asks for the nämnd's statement (FL 26 §)."""

from handlers.kinds.kind import Kind

KIND = Kind("remiss", "Begäran om yttrande")
