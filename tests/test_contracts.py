"""Pages under docs/reference that outsiders rely on say what the code does."""

import re
from pathlib import Path

import pytest

from harness.bench.variant import BUILT_IN
from harness.errors import ExitCode
from harness.lab.config import load_config
from harness.verdict.expectation import parse_expectation
from harness.verdict.gate import NAMES as GATES

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


def test_the_gates_page_lists_every_gate_in_order():
    page = (REFERENCE / "gates.md").read_text(encoding="utf-8")
    names = page.split("## Names")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `([a-z_]+)` \|", names, re.MULTILINE)) == GATES


def test_the_gates_page_names_every_form_of_an_expectation():
    page = (REFERENCE / "gates.md").read_text(encoding="utf-8")
    forms = page.split("| expectation | is met by |")[1].split("\n\n")[0]
    first = re.findall(r"^\| (`[^|]+) \|", forms, re.MULTILINE)
    assert [form for row in first for form in re.findall(r"`([^`]+)`", row)] == [
        "full",
        "partial",
        ">= 0.9",
        "0.9",
        "90%",
        "none",
    ]
    assert all(parse_expectation(form) for row in first for form in re.findall(r"`([^`]+)`", row))


@pytest.mark.parametrize("page", ["reference/gates.md", "how-to/fail-a-build.md"])
def test_devices_yaml_of_the_pages_about_gates_is_read(tmp_path, page):
    text = (REFERENCE.parent / page).read_text(encoding="utf-8")
    blocks = [b for b in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "models:" in b]
    assert blocks
    for block in blocks:
        path = tmp_path / "devices.yaml"
        path.write_text(block, encoding="utf-8")
        config = load_config(path)
        assert config.models["detector"].expect["nnapi"] == ">= 0.9"
        assert "none" in config.sweep("nightly").fail_on
