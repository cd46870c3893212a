"""`harness tools`: the benchmark_model binaries that the harness has, and where to get more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import SCHEMA, emit_text, finish

if TYPE_CHECKING:
    from harness.bench.tool import Tool

_FETCH_S = 1800.0

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]

tools = typer.Typer(
    help="Keep the benchmark_model binaries that phones are measured with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.add_typer(tools, name="tools")


@tools.command("add")
def add_tool(
    paths: Annotated[
        list[Path], typer.Argument(help="The binary and the libraries beside it, or their folder.")
    ],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    abi: Annotated[str | None, typer.Option(help="The ABI; needed for a script only.")] = None,
    as_json: Json = False,
) -> int:
    """Copy a tool into the store."""

    def work() -> tuple[Any, str, int]:
        from harness.bench.toolstore import add

        return _one(add(paths, name=name, abi=abi), "added")

    return finish(work, as_json=as_json)


@tools.command("list")
def list_all(as_json: Json = False) -> int:
    """List the tools of the store, newest first."""

    def work() -> tuple[Any, str, int]:
        from harness.bench.toolstore import home, list_tools

        known = list_tools()
        document = {
            "schema": SCHEMA,
            "store": str(home() / "tools"),
            "tools": [_document(tool) for tool in known],
        }
        empty = "no tools yet: `harness tools fetch`, or `harness tools add PATH`"
        return document, "\n".join(_line(tool) for tool in known) or empty, 0

    return finish(work, as_json=as_json)


@tools.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A tool's name, or the start of its hash.")],
    as_json: Json = False,
) -> int:
    """Show one tool: its files and hashes, and the flags that it was seen to have."""

    def work() -> tuple[Any, str, int]:
        from harness.bench.toolstore import answers, find, verify

        tool = verify(find(name))
        learned = {device: sorted(answer.flags) for device, answer in answers(tool).items()}
        lines = [_line(tool), f"  from     {tool.source}"]
        lines += [f"  {file.sha256}  {key}" for key, file in sorted(tool.files.items())]
        lines += [f"  flags on {device}: {' '.join(flags)}" for device, flags in learned.items()]
        if not learned:
            lines.append("  its flags are not known yet: a run asks for them")
        document = {"schema": SCHEMA, "tool": {**_document(tool), "flags": learned}}
        return document, "\n".join(lines), 0

    return finish(work, as_json=as_json)


@tools.command("fetch")
def fetch(
    source: Annotated[
        str, typer.Argument(help="tensorflow-nightly or litert.")
    ] = "tensorflow-nightly",
    abi: Annotated[str, typer.Option(help="For which phones.")] = "arm64-v8a",
    version: Annotated[
        str | None, typer.Option(help="Another version than the source's usual one.")
    ] = None,
    mirror: Annotated[
        str | None, typer.Option(help="Address in place of the host; also $HARNESS_TOOL_MIRROR.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Fetch a public tool, pin its hash in tools.lock, and keep it in the store."""

    def work() -> tuple[Any, str, int]:
        from harness.bench.fetch import fetch_tool, named_source, offer
        from harness.deadline import Deadline

        deadline = Deadline.after(_FETCH_S)
        wanted = offer(named_source(source), abi, deadline, version=version, mirror=mirror)
        say(f"fetching {wanted}")
        tool = fetch_tool(wanted, deadline, say=say, progress=show_progress)
        return _one(tool, "fetched")

    return finish(work, as_json=as_json)


@tools.command("remove")
def remove_tool(
    name: Annotated[str, typer.Argument(help="A tool's name, or the start of its hash.")],
    as_json: Json = False,
) -> int:
    """Take a tool out of the store."""

    def work() -> tuple[Any, str, int]:
        from harness.bench.toolstore import remove

        return _one(remove(name), "removed")

    return finish(work, as_json=as_json)


def say(sentence: str) -> None:
    """Tell people something while a command works; stdout is for its result."""
    emit_text(sentence, sys.stderr)


def show_progress(done: int, total: int | None) -> None:
    """Rewrite one line on a terminal with how far a download is."""
    if not sys.stderr.isatty():
        return
    of_total = f" of {total / 1e6:.1f}" if total is not None else ""
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r  {done / 1e6:.1f}{of_total} MB{end}")
    sys.stderr.flush()


def _one(tool: Tool, done: str) -> tuple[Any, str, int]:
    return {"schema": SCHEMA, "tool": _document(tool)}, f"{done} {_line(tool)}", 0


def _line(tool: Tool) -> str:
    words = [
        tool.name,
        tool.abi or "unknown ABI",
        tool.dialect.value if tool.dialect else "dialect not asked yet",
        tool.version or "no version",
        f"{len(tool.files)} file{'s' if len(tool.files) > 1 else ''}",
        f"sha256 {tool.sha256[:12]}",
    ]
    return "  ".join(words)


def _document(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "sha256": tool.sha256,
        "abi": tool.abi,
        "dialect": tool.dialect.value if tool.dialect else None,
        "version": tool.version,
        "binary": tool.binary,
        "source": tool.source,
        "files": {
            name: {"sha256": file.sha256, "executable": file.executable, "path": str(file.path)}
            for name, file in sorted(tool.files.items())
        },
    }
