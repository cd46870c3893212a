"""The texts of the confusion matrix: fallback modes, and logs of the real tool with their truth."""

from __future__ import annotations

import json
from pathlib import Path

from fallback_modes import all_modes, headline_of, judged
from naive_readers import Text

from harness.bench.variant import Accelerator
from harness.verdict.explanation import explain_joined, explain_text


def of_modes() -> list[Text]:
    """Return the fallback modes."""
    return [
        Text(mode.text, mode.exit_status, mode.real, headline_of(judged(mode)[0]))
        for mode in all_modes()
    ]


def of_captures(folder: Path) -> list[Text]:
    """Return runs of the real tool, read as `harness explain --join --exit-status` does."""
    found = []
    for entry in _index(folder):
        run = folder / entry["name"]
        texts = [(_text(run / name), name) for name in ("stdout.txt", "stderr.txt")]
        said = explain_joined(
            texts, requested=Accelerator(entry["requested"]), exit_status=entry["exit_status"]
        )
        joined = "\n".join(text for text, _ in texts)
        found.append(Text(joined, entry["exit_status"], entry["truth"], said.document["verdict"]))
    return found


def of_corpus(folder: Path) -> list[Text]:
    """Return the runs of public logs; a file of several runs is taken apart where they begin."""
    found = []
    for entry in _index(folder):
        text = _text(folder / "logs" / entry["file"])
        runs = explain_text(text, entry["file"], requested=Accelerator(entry["requested"]))
        lines = text.splitlines()
        starts = [0, *(one.run.events[0].line - 1 for one in runs[1:]), len(lines)]
        truth = {"cpu_baseline": "baseline"}.get(entry["truth"], entry["truth"])
        for one, start, end in zip(runs, starts[:-1], starts[1:], strict=True):
            piece = "\n".join(lines[start:end])
            found.append(Text(piece, None, truth, one.document["verdict"]))
    return found


def of_real_tools(corpus: Path, captures: Path) -> dict[str, list[Text]]:
    """Return every set of logs of real tools that is at hand."""
    return {
        "public logs": of_corpus(corpus),
        "captures of the interpreter's tool": of_captures(captures),
        "captures of LiteRT's tool": of_captures(captures.parent / "captures_litert"),
    }


def _index(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
