"""A nämndinitiativ: a member raises a matter in the own nämnd (KL 4 kap. 20 §)."""

from handlers.kinds.kind import Kind

KIND = Kind("namndinitiativ", "Nämndinitiativ", over="nämndinitiativ")
