"""The whole bot as people see it, driven by a browser that nobody sees: in Teams by the Agents Playground, and its desk."""
