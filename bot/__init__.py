"""The bot meets the world, and here all parts are put together."""
