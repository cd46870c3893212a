"""Pages under docs/reference that outsiders rely on say what the code does."""

import re
from pathlib import Path

import pytest

from harness.bench.variant import BUILT_IN
from harness.errors import ExitCode

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def test_the_exit_code_page_lists_every_code_in_order_of_precedence():
    page = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", page, re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [
        (ExitCode[name].value, name)
        for name in (
            "INTERRUPTED",
            "TERMINATED",
            "USAGE",
            "NOTHING_MEASURED",
            "GATE_FAILED",
            "NO_VALID_CELL",
            "OK",
        )
    ]
    assert len(rows) == len(ExitCode)


def test_the_variants_page_lists_every_built_in_variant_with_its_flags():
    page = (REFERENCE / "variants.md").read_text(encoding="utf-8")
    for variant in BUILT_IN.values():
        flags = " ".join(f"--{name}={value}" for name, value in variant.flags.items())
        assert f"| `{variant.name}` | {variant.accelerator.value} | `{flags}` |" in page


@pytest.mark.parametrize("page", sorted(REFERENCE.parent.rglob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target
