from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate_virtual_lines import (  # noqa: E402
    FROM_SOURCE,
    PAGE,
    page,
    real_templates,
    simulated_templates,
    template,
)


def test_numbers_and_names_leave_one_template_of_a_line() -> None:
    first = template("VERBOSE: Replacing 3 out of 6 node(s) with delegate (TfLiteGpuDelegateV2)")
    assert first == template("Replacing 54 out of 559 node(s) with delegate (TfLiteGpuDelegateV2)")
    assert template("INFO: Graph: [/a/b.tflite]") == "Graph: [<value>]"


def test_every_line_of_the_simulated_tool_stands_on_the_page() -> None:
    rows = PAGE.read_text()
    missing = [one for one in simulated_templates() if f"| `{one}` |" not in rows]
    assert missing == []


@pytest.mark.corpus
def test_the_page_is_what_the_logs_at_hand_give() -> None:
    if not {"HARNESS_CAPTURES", "HARNESS_CORPUS"} <= set(os.environ):
        pytest.skip("HARNESS_CAPTURES and HARNESS_CORPUS are not set")
    real = real_templates()
    assert PAGE.read_text() == page(simulated_templates(), real)
    assert [one for one in FROM_SOURCE if one in real] == []
