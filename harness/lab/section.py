"""The base of what devices.yaml may say: a mapping whose unknown keys are refused with a hint."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


def nearest(word: str, words: Sequence[str]) -> str:
    """Return a sentence that names what `word` was probably meant to be, out of `words`."""
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"it can be: {', '.join(words)}" if words else "there are none"


class Section(BaseModel):
    """A mapping of the file. An unknown key is refused together with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_key",
                    "unknown key; {hint}",
                    {"key": key, "hint": nearest(key, list(cls.model_fields))},
                )
        return data
