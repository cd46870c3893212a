from __future__ import annotations

import sample
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.report import write_reports
from harness.report.markdown import escape, soft

RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def summary(tmp_path, cells=None, **changes) -> str:
    folder = sample.write(tmp_path / "s", sample.results(cells, **changes))
    write_reports(folder)
    return (folder / "summary.md").read_text()


def elements(text: str) -> set[str]:
    """Names of the elements that the Markdown becomes."""
    found = set()
    for token in RENDER.parse(text):
        for each in (token, *(token.children or [])):
            found.add(each.tag or each.type)
    return found


def test_the_sentence_is_the_heading(tmp_path):
    assert summary(tmp_path).startswith("## 1 of 16 accelerated cells gives wrong answers,")


def test_a_table_per_model_with_every_device(tmp_path):
    html = RENDER.render(summary(tmp_path))
    assert html.count("<table>") == 2
    assert html.count("<tr>") == 2 + 4 + 2
    assert "<strong>none: ran on CPU</strong>" in html
    assert "3.8\N{MULTIPLICATION SIGN} vs cpu-4t" in html
    assert "<em>(simulated)</em>" in html


def test_hostile_names_are_inert(tmp_path):
    text = summary(tmp_path, sample.hostile_cells())
    assert {"html_inline", "html_block", "a", "img", "script"} & elements(text) == {"html_inline"}
    inline = [c for t in RENDER.parse(text) for c in (t.children or []) if c.type == "html_inline"]
    assert {c.content for c in inline} == {"<br>"}
    assert "<script>alert" not in RENDER.render(text)


def test_a_pipe_in_a_name_adds_no_column(tmp_path):
    html = RENDER.render(summary(tmp_path, sample.hostile_cells()))
    assert html.count("<th>") == 4
    assert html.count("<td>") == 4


@given(st.text(max_size=40))
@example("\r\r")
def test_escaped_text_is_only_ever_text(text):
    (opening, inline, closing) = RENDER.parse(f"x{escape(text)}x")
    assert [opening.type, closing.type] == ["paragraph_open", "paragraph_close"]
    assert {child.type for child in inline.children or []} <= {"text", "softbreak", "text_special"}


@given(st.text(alphabet="ab.:/@www ()-1", max_size=40))
def test_softened_text_makes_no_address_a_link(text):
    out = soft(text)
    assert "://" not in out
    assert "www." not in out.replace("www. ", "").removesuffix("www.")
