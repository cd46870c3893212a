"""Text of others, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Make control characters visible, so that no log line can steer the terminal.

    Newlines and tabs stay. ESC becomes `\x1b`; so do C1 controls and bidi overrides.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t" or character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 (one byte)
