from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import sample

from harness.errors import UsageError
from harness.report import html, write_reports
from harness.report.details import relative_link
from harness.report.grid import anchor


class Reader(HTMLParser):
    """Collects what a browser would see: elements, links, scripts, visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._in = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
        elif self._in != "style":
            self.text += data


def read(tmp_path, cells=None) -> tuple[str, Reader]:
    page = write_reports(sample.write(tmp_path / "s", sample.results(cells))).read_text()
    reader = Reader()
    reader.feed(page)
    return page, reader


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    cells = sample.hostile_cells() + sample.cells()
    return read(tmp_path_factory.mktemp("hostile"), cells)


def test_hostile_names_make_no_element_and_no_handler(hostile):
    _, reader = hostile
    assert len(reader.scripts) == 4
    assert not [tag for tag, _ in reader.tags if tag in ("img", "iframe", "object", "base")]
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]


def test_hostile_names_are_still_shown_as_what_they_are(hostile):
    _, reader = hostile
    assert "<script>alert(1)</script>" in reader.text
    assert "{{7*7}}" in json.dumps(reader.scripts)


def test_direction_overrides_and_control_characters_are_made_visible(hostile):
    page, reader = hostile
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "\\u202e" in reader.text


def test_links_stay_inside_the_folder(hostile):
    _, reader = hostile
    links = [attrs["href"] for tag, attrs in reader.tags if tag == "a"]
    assert "results.json" in links
    for link in links:
        assert link is not None
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc) == ("", "")
        assert ".." not in parts.path


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("raw/a/probe.txt", "raw/a/probe.txt"),
        ("javascript:alert(1)", None),
        ("raw/javascript:alert(1)", "raw/javascript%3Aalert%281%29"),
        ("model_runtime_info", None),
        ("raw/../../x", None),
        ("raw/a b<c>.txt", "raw/a%20b%3Cc%3E.txt"),
        ("../../etc/passwd", None),
        ("/etc/passwd", None),
        ("raw\\..\\x", None),
        ("", None),
    ],
)
def test_paths_become_links_only_when_they_are_below_the_folder(path, link):
    assert relative_link(path) == link


def test_the_policy_allows_exactly_the_pages_own_scripts(hostile):
    _, reader = hostile
    policy = next(a["content"] for t, a in reader.tags if a.get("http-equiv"))
    assert policy is not None
    rules = [rule.partition(" ")[::2] for rule in policy.split("; ")]
    others = [rule for rule in rules if rule[0] != "script-src"]
    assert others == [
        ("default-src", "'none'"),
        ("style-src", "'unsafe-inline'"),
        ("img-src", "data:"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
    ]
    (script_rule,) = (value for name, value in rules if name == "script-src")
    assert all(source.startswith("'sha256-") for source in script_rule.split())
    for _, text in (s for s in reader.scripts if s[0].get("type") != "application/json"):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in script_rule


def test_the_page_names_no_address_to_load_from(hostile):
    page, reader = hostile
    for tag, attrs in reader.tags:
        assert "src" not in attrs
        assert tag != "link" or attrs["href"] == "data:,"
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_the_outcome_is_in_the_page_without_its_scripts(tmp_path):
    page, reader = read(tmp_path)
    text = " ".join(reader.text.split())
    assert "1 of 16 accelerated cells gives wrong answers, four silently ran on the CPU" in text
    assert "nnapi ran on the CPU on Phone Alpha and Phone Beta" in text
    assert "the model graph will not be executed" in text
    assert "2.10ms" in text.replace(" ", "")
    assert "unlock the phone and accept the key" in text
    assert "use a tool of the compiled-model dialect" in text
    assert page.index("<h1>") < page.index("<script")


def test_every_cell_shows_its_verdict_before_its_number(tmp_path):
    page, _ = read(tmp_path)
    for cell in sample.cells():
        start = page.index(f'id="cell={anchor(cell.id)}"')
        body = page[start : page.index("</td>", start)]
        assert f'href="#i-{cell.verdict or "skipped"}"' in body
        if cell.latency_ms:
            assert body.index("#i-") < body.index('class="num')


def test_simulated_cells_are_labelled_and_announced(tmp_path):
    page, reader = read(tmp_path)
    assert "3 cells of 26 simulated (Virtual Delta)" in reader.text
    for cell in sample.cells():
        start = page.index(f'id="cell={anchor(cell.id)}"')
        body = page[start : page.index("</td>", start)]
        assert ('class="sim"' in body) == cell.device.simulated


def test_a_sweep_without_simulation_has_no_banner(tmp_path):
    _, reader = read(tmp_path, [c for c in sample.cells() if not c.device.simulated])
    assert "imulated" not in reader.text


def test_details_of_every_cell_are_in_the_page_as_json(tmp_path):
    _, reader = read(tmp_path)
    details = json.loads(next(t for a, t in reader.scripts if a.get("id") == "details"))
    assert set(details) == {anchor(cell.id) for cell in sample.cells()}
    for cell in sample.cells():
        texts = [e["text"] for e in details[anchor(cell.id)]["evidence"]]
        assert all(evidence.text in texts for evidence in cell.evidence)


def test_evidence_is_in_file_order_with_the_deciding_line_marked(tmp_path):
    _, reader = read(tmp_path)
    details = json.loads(next(t for a, t in reader.scripts if a.get("id") == "details"))
    evidence = details[anchor(sample.cells()[1].id)]["evidence"]
    assert [(e["line"], e["deciding"]) for e in evidence] == [(3, False), (11, True), (19, False)]


def test_templates_of_a_checkout_are_found():
    assert (html.templates_folder() / "report.css").is_file()


def test_an_installation_without_templates_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(html, "_PLACES", (tmp_path,))
    with pytest.raises(UsageError, match="templates are not installed"):
        html.templates_folder()


def test_no_template_passes_data_around_the_escaping():
    for path in html.templates_folder().iterdir():
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text()), path.name


def test_a_big_sweep_stays_below_eight_megabytes(tmp_path):
    page, _ = read(tmp_path, sample.many(94))
    assert len(page) < 8_000_000
