"""The desk as people meet it in a browser: every page looked at as every role, and what they do there by keyboard."""
