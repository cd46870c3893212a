"""A small mksh-like shell, toybox-like commands and processes, all inside one asyncio loop."""
