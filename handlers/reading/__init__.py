"""What a letter says: bytes and texts in, one Reading out; pure, and it never raises."""

from .relations import relate
from .understanding import read

__all__ = ["read", "relate"]
