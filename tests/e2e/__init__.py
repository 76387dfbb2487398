"""The whole bot in Teams as people see it: Microsoft's Agents Playground, driven by a browser that nobody sees."""
