"""`harness init`: write a devices.yaml from what is attached."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.render import SCHEMA, finish
from harness.errors import ExitCode, UsageError

_LIST_S = 60.0
_MOST_MODELS = 20


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("init")(init)


def init(
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("devices.yaml"),
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it is there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Write a commented devices.yaml with the phones that are attached and the models at hand."""

    def work() -> tuple[Any, str, int]:
        from harness.deadline import Deadline
        from harness.files import write_whole
        from harness.lab.address import server_of_environment
        from harness.lab.config import LabConfig, load_config
        from harness.lab.inventory import list_devices
        from harness.lab.template import lab_text

        if out.exists() and not force:
            raise UsageError(
                f"{out} is there already",
                next_step="'--force' replaces it, '--out FILE' writes another",
            )
        lab = LabConfig(adb_servers=(server_of_environment(os.environ),))
        devices = list_devices(lab, Deadline.after(_LIST_S))
        models = _models_at_hand(out.resolve().parent)
        try:
            write_whole(out, lab_text(devices, models))
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written: {error.strerror}",
                next_step="choose another place with '--out FILE'",
            ) from None
        phones = load_config(out).devices
        document = {
            "schema": SCHEMA,
            "file": str(out),
            "devices": list(phones),
            "models": [str(model) for model in models],
        }
        text = (
            f"wrote {out}: {len(phones)} phones, {len(models)} models\n"
            f"  next: edit it, then 'harness devices --config {out}' checks it"
        )
        return document, text, ExitCode.OK

    return finish(work, as_json=as_json)


def _models_at_hand(folder: Path) -> list[Path]:
    """Return the first models in `folder` and its models/, relative to it."""
    found = [*folder.glob("*.tflite"), *folder.glob("models/*.tflite")]
    return [path.relative_to(folder) for path in sorted(found)[:_MOST_MODELS]]
