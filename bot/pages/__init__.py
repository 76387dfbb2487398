"""The web pages: one file per page group, written on the server, whole without script."""
