"""How `break`, `continue` and `return` leave what they are in."""

from __future__ import annotations


class LoopControl(Exception):  # noqa: N818 - it steers a loop and is no error
    """Raised by `break` and `continue`."""

    def __init__(self, levels: int, *, again: bool) -> None:
        super().__init__(levels)
        self.levels = levels
        self.again = again


class ReturnFrom(Exception):  # noqa: N818 - likewise, of a function
    """Raised by `return`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
