"""The page in a real browser. Skipped aloud where there is no Chromium."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import unquote

import chromium
import pytest
import sample

from harness.report import write_reports
from harness.report.grid import anchor
from harness.sweep.extra_documents import SustainedDoc

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.executable() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser():
    with chromium.page() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    cells = sample.cells() + sample.hostile_cells()
    folder = sample.write(tmp_path_factory.mktemp("browser") / "s", sample.results(cells))
    return write_reports(folder).as_uri()


@pytest.fixture(autouse=True)
def plain_page(browser):
    browser.events.clear()
    browser.size(1280, 900)
    browser.dark(on=False)


def click(browser, selector: str) -> None:
    browser.run(f"document.querySelector({selector!r}).click()")


def shown(browser) -> list[str]:
    return browser.run(
        "[...document.querySelectorAll('td[data-c]:not(.off)')]"
        ".filter(td => td.offsetParent).map(td => td.dataset.c)"
    )


def draw_everything(browser) -> None:
    """Bring each chart into sight, again until it is drawn: what lies above it may still grow."""
    for number in range(browser.run("document.querySelectorAll('[data-chart]').length")):
        box = f"document.querySelector('[data-chart=\"{number}\"]')"
        browser.until(f"({box}.scrollIntoView({{block: 'center'}}), {box}.childElementCount)")


def test_no_error_and_no_request_while_everything_is_used(browser, address):
    browser.open(address)
    draw_everything(browser)
    for cell in sample.cells() + sample.hostile_cells():
        click(browser, f'td[data-c="{anchor(cell.id)}"] a.open')
        browser.until(f"location.hash.includes('{anchor(cell.id)}')")
    assert browser.problems == []
    assert {unquote(url) for url in browser.requests} <= {unquote(address), "about:blank"}


def test_charts_are_drawn_under_the_pages_own_policy(browser, address):
    browser.open(address)
    draw_everything(browser)
    assert browser.run("document.querySelectorAll('[data-chart] svg').length") >= 2
    assert browser.run("document.querySelectorAll('.chart .err').length") == 0


def test_a_script_that_slipped_through_would_not_run(browser, address):
    browser.open(address)
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.slipped = 1';"
        "document.body.append(s)"
    )
    assert browser.run("window.slipped === undefined")


def test_hostile_names_are_text_in_the_drawer_too(browser, address):
    cell = sample.hostile_cells()[1]
    browser.open(f"{address}#cell={anchor(cell.id)}")
    browser.until("!document.getElementById('drawer').hidden")
    text = browser.run("document.getElementById('drawer').innerText")
    assert "<script>alert(1)</script>" in text
    assert "\\x1b[31m" in text
    assert browser.run("document.querySelectorAll('#drawer img, #drawer script').length") == 0
    links = browser.run("[...document.querySelectorAll('#drawer a')].map(a => a.protocol)")
    assert set(links) == {"file:"}


def test_filters_are_in_the_address_and_come_back_from_it(browser, address):
    browser.open(address)
    click(browser, '.chip[data-verdict="none"]')
    expected = [anchor(c.id) for c in sample.cells() if c.verdict == "none"]
    assert set(expected) < set(shown(browser))
    wanted = browser.run("location.hash")
    assert wanted == "#verdict=none"
    everything = shown(browser)
    browser.open(address + wanted)
    assert shown(browser) == everything
    click(browser, "#clear")
    assert browser.run("location.hash") == ""


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        ("variant=npu", lambda c: c.variant.name == "npu"),
        ("soc=SoC%208", lambda c: c.device.soc == "SoC 8"),
        ("device=gamma", lambda c: "Gamma" in (c.device.model or "")),
        ("model=m2", lambda c: c.model.name == "detect_lite0"),
        ("verdict=invalid", lambda c: c.validity == "invalid"),
        ("verdict=none&device=beta", lambda c: c.verdict == "none" and "Beta" in c.device.model),
    ],
)
def test_each_filter_shows_the_cells_it_names(browser, address, fragment, kept):
    browser.open(f"{address}#{fragment}")
    expected = {anchor(c.id) for c in sample.cells() + sample.hostile_cells() if kept(c)}
    assert set(shown(browser)) == expected


def test_real_only_hides_what_is_simulated(browser, address):
    browser.open(address)
    click(browser, 'input[name="real"]')
    expected = sample.cells() + sample.hostile_cells()
    assert set(shown(browser)) == {anchor(c.id) for c in expected if not c.device.simulated}


def test_a_finding_leads_to_all_its_cells(browser, address):
    browser.open(address)
    click(browser, "a[data-only]")
    assert len(shown(browser)) == 3


def test_keys_walk_the_grid_open_and_close_the_drawer(browser, address):
    first, second = (anchor(cell.id) for cell in sample.cells()[:2])
    browser.open(address)
    browser.run(f"document.querySelector('td[data-c=\"{first}\"] .open').focus()")
    browser.key("ArrowRight")
    assert browser.run("document.activeElement.dataset.open") == second
    browser.key("Enter")
    assert browser.run("!document.getElementById('drawer').hidden")
    assert second in browser.run("location.hash")
    browser.key("ArrowLeft")
    assert first in browser.run("location.hash")
    browser.key("Escape")
    assert browser.run("document.getElementById('drawer').hidden")
    assert browser.run("document.activeElement.dataset.open") == first


def test_the_open_cell_is_never_covered_by_the_drawer(browser, address):
    browser.open(address)
    for cell in sample.cells()[:5]:
        click(browser, f'td[data-c="{anchor(cell.id)}"] a.open')
        gap = browser.run(
            "document.getElementById('drawer').getBoundingClientRect().left"
            f" - document.querySelector('td[data-c=\"{anchor(cell.id)}\"]')"
            ".getBoundingClientRect().right"
        )
        assert gap >= 0


def test_opening_a_cell_moves_nothing_on_the_page(browser, address):
    browser.open(address)
    browser.run("document.querySelector('.model:nth-of-type(2)')?.scrollIntoView()")
    place = "document.querySelector('#provenance').getBoundingClientRect().top + scrollY"
    cell = f'td[data-c="{anchor(sample.cells()[0].id)}"]'
    browser.run(f"document.querySelector({cell!r}).scrollIntoView()")
    time.sleep(0.2)
    before = browser.run(place)
    click(browser, f"{cell} a.open")
    assert browser.run(place) == pytest.approx(before, abs=1)


@pytest.mark.parametrize("fragment", ["", "#verdict=none", "#open"])
def test_a_phone_never_has_to_scroll_sideways(browser, address, fragment):
    browser.size(390, 844)
    cell = anchor(sample.hostile_cells()[1].id)
    browser.open(address + (f"#cell={cell}" if fragment == "#open" else fragment))
    draw_everything(browser)
    assert browser.run("document.documentElement.scrollWidth") <= 390
    if fragment == "#open":
        assert browser.run("document.getElementById('drawer').scrollWidth") <= 390


def test_dark_mode_is_dark_and_stays_readable(browser, address):
    browser.dark(on=True)
    browser.open(address)
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 23)"
    assert browser.run("getComputedStyle(document.body).color") == "rgb(228, 231, 234)"


def test_print_shows_every_finding_and_no_controls(browser, address, tmp_path):
    browser.open(address)
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.run("document.querySelector('#filters').offsetParent === null")
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.pdf(tmp_path / "report.pdf")
    assert browser.run("[...document.querySelectorAll('details.more')].every(d => d.open)")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_fifteen_hundred_cells_stay_pleasant(browser, tmp_path: Path):
    folder = sample.write(tmp_path / "s", sample.results(sample.many(94)))
    browser.open(write_reports(folder).as_uri())
    timing = browser.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    filtering = browser.run(
        "(() => { const t = performance.now(); document.querySelector('.chip').click();"
        " document.body.offsetHeight; return performance.now() - t })()"
    )
    assert timing < 5000
    assert filtering < 2000


def test_the_series_of_a_cell_is_drawn_with_one_axis_of_minutes(browser, tmp_path):
    points = [{"t_s": 15.0 * n, "p50_ms": 10 + n, "count": 9, "celsius": 30 + n} for n in range(8)]
    found = {
        "planned_s": 120,
        "duration_s": 121,
        "launches": 8,
        "window_s": 60,
        "points": points,
        "first_minute_ms": 11,
        "last_minute_ms": 15,
        "change": 0.36,
        "throttled_after_s": 45,
        "exact": False,
        "sensor": "skin",
        "longest_pause_s": 0.2,
        "reason": None,
    }
    cell = sample.cells()[0].model_copy(update={"sustained": SustainedDoc(**found)})
    folder = sample.write(tmp_path / "s", sample.results([cell]))
    browser.open(f"{write_reports(folder).as_uri()}#cell={anchor(cell.id)}")
    heading = "[...document.querySelectorAll('h3')].find(h => h.textContent === 'Sustained')"
    part = f"{heading}.nextElementSibling.nextElementSibling"
    browser.until(f"{part}.querySelectorAll('svg').length === 1")
    assert browser.run(f"{heading}.nextElementSibling.textContent") == "Slows by 36 % after 45 s."
    titles = browser.run(f"{part}.textContent")
    assert titles.count("minutes of load") == 1
    assert "°C" in titles
    # No launch told its clocks, so there is no such panel.
    texts = browser.run(f"[...{part}.querySelectorAll('text')].map(t => t.textContent)")
    assert "clock" not in texts
    assert browser.problems == []
