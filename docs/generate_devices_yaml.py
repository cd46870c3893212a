"""Write docs/reference/devices-yaml.md from the models that check the file; `--check` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from harness.lab.schema import LabFile

TARGET = Path(__file__).parent / "reference" / "devices-yaml.md"

HEAD = """\
# devices.yaml

Made by `docs/generate_devices_yaml.py` from the models that check the file; not edited by hand.

The inventory of a lab. `harness init` writes one from what is attached; a commented one to start
from is `devices.yaml` in the repository. Every section may be absent. An unknown key is an error
that names file, line and key, and the nearest key there is. Relative paths are relative to the
file.
"""


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model inside a field's type, if there is one."""
    found = [field.annotation]
    while found:
        one = found.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        found += get_args(one)
    return None


def tables(model: type[BaseModel], title: str) -> Iterator[str]:
    """Yield a table for a section and for each section inside it."""
    yield f"\n## {title}\n\n{cleandoc(model.__doc__ or '')}\n\n| key | what it is |\n|---|---|\n"
    for name, field in model.model_fields.items():
        needed = " Needed." if field.is_required() else ""
        yield f"| `{name}` | {field.description or ''}{needed} |\n"
    for name, field in model.model_fields.items():
        inner = section_of(field)
        if inner is not None:
            path = name if title == "The file" else f"{title}: {name}"
            yield from tables(inner, path)


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(tables(LabFile, "The file"))


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == fresh else f"{TARGET} is stale; run me")
    TARGET.write_text(fresh, encoding="utf-8")
