"""Charts beyond marks, as Vega-Lite specs: the ranking of a model, the rounds of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report import figures, words
from harness.report.findings import device_name
from harness.report.grid import anchor, kind_of
from harness.sweep.documents import CellDoc

ROW_HEIGHT = 22
WIDTH = 680
"""Pixels at most; the page narrows a chart to its column."""
KINDS = ("full", "partial", "downgraded", "baseline")
SHAPES = ("circle", "diamond", "triangle-down", "square")


def ranking_rows(cells: Sequence[CellDoc]) -> list[dict[str, Any]]:
    """Return one row per cell that may be ranked, fastest first within its device."""
    rows = []
    for cell in sorted(filter(figures.is_honest, cells), key=lambda c: figures.p50(c) or 0.0):
        value = figures.p50(cell)
        span = figures.reach(cell)
        p90 = cell.latency_ms.p90 if cell.latency_ms else None
        rows.append(
            {
                "cell": anchor(cell.id),
                "device": words.label(device_name(cell), 40)
                + (" (simulated)" if cell.device.simulated else ""),
                "variant": words.label(cell.variant.name, 28),
                "verdict": kind_of(cell),
                "p50": value,
                "low": span[0] if span else value,
                "high": span[1] if span else value,
                "p90": p90.value if p90 and p90.value is not None else span[1] if span else value,
                "text": _caption(value, span),
            }
        )
    return rows


def _caption(value: float | None, span: tuple[float, float] | None) -> str:
    inner = f" ({words.ms(span[0])} to {words.ms(span[1])})" if span else ""
    return f"{words.ms(value)} ms{inner}"


def ranking(cells: Sequence[CellDoc]) -> dict[str, Any] | None:
    """Return the chart of one model: a panel per device, dots with intervals on one log axis."""
    import altair as alt  # noqa: PLC0415 (heavy)

    rows = ranking_rows(cells)
    if not rows:
        return None
    low, high = min(r["low"] for r in rows), max(max(r["high"], r["p90"]) for r in rows)
    scale = alt.Scale(type="log", domain=[low * 0.85, high * 1.9], nice=False)
    by_device: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_device.setdefault(row["device"], []).append(row)
    upper, lowest = _panel(alt, scale, last=False), _panel(alt, scale, last=True)
    panels = [
        {
            **(lowest if number == len(by_device) else upper),
            "data": {"values": mine},
            "title": {"text": name, "anchor": "start", "frame": "group"},
        }
        for number, (name, mine) in enumerate(by_device.items(), 1)
    ]
    return {"vconcat": panels, "spacing": 16}


def _panel(alt: Any, scale: Any, *, last: bool) -> dict[str, Any]:
    """Draw a device: from p50 to p90 a thin line, the interval a bar, p50 a dot; data comes later.

    Made once for all devices of a model, since building a chart costs 40 ms.
    """
    base = alt.Chart(alt.Data(values=[])).encode(y=alt.Y("variant:N", title=None, sort=None))
    axis = alt.Axis(title="ms, log scale" if last else None, tickCount=5, format="~r", grid=True)
    tail = base.mark_rule(strokeWidth=1, opacity=0.45).encode(
        x=alt.X("p50:Q", scale=scale, axis=axis), x2="p90:Q"
    )
    span = base.mark_rule(strokeWidth=5, opacity=0.55).encode(x="low:Q", x2="high:Q")
    dot = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="p50:Q",
        shape=alt.Shape("verdict:N", scale=alt.Scale(domain=KINDS, range=SHAPES), legend=None),
        tooltip=[
            alt.Tooltip("variant:N"),
            alt.Tooltip("verdict:N"),
            alt.Tooltip("text:N", title="p50"),
            alt.Tooltip("p90:Q", format=".3~g", title="p90, ms"),
        ],
    )
    text = base.mark_text(align="left", dx=9, dy=-1, fontSize=11).encode(x="p90:Q", text="text:N")
    layers = alt.layer(tail, span, dot, text)
    panel = layers.properties(width=WIDTH, height=alt.Step(ROW_HEIGHT))
    return _finished(panel.to_dict(validate=False))


def rounds() -> dict[str, Any]:
    """Return the chart of a cell's rounds; its data set `rounds` is filled in when a cell opens.

    Over the sweep's minutes stand the medians, the heat and the clocks. A line of which no round
    knows anything is taken out by the page.
    """
    import altair as alt  # noqa: PLC0415 (heavy)

    parts = (_medians(alt), _heat(alt), _clocks(alt))
    chart = alt.vconcat(*parts, spacing=8).resolve_scale(x="shared")
    return _finished(chart.to_dict(validate=False))


def _over_time(alt: Any) -> Any:
    return alt.X("minute:Q", title="minute of the sweep", scale=alt.Scale(zero=False, padding=12))


def _medians(alt: Any) -> Any:
    times = alt.Chart(alt.NamedData(name="rounds")).encode(
        x=_over_time(alt),
        y=alt.Y("ms:Q", title="median, ms", scale=alt.Scale(zero=False, padding=12)),
        tooltip=[
            alt.Tooltip("round:O"),
            alt.Tooltip("ms:Q", format=".4~g", title="median, ms"),
            alt.Tooltip("minute:Q", format=".1f", title="minute of the sweep"),
            alt.Tooltip("hottest:Q", format=".1f", title="hottest sensor, degrees Celsius"),
            alt.Tooltip("celsius:Q", format=".1f", title="battery, degrees Celsius"),
            alt.Tooltip("ghz:Q", format=".2f", title="mean clock, GHz"),
            alt.Tooltip("ceiling:Q", format=".2f", title="lowest ceiling, GHz"),
        ],
    )
    upper = alt.layer(times.mark_line(strokeWidth=1), times.mark_point(filled=True, size=60))
    return upper.properties(width=420, height=130)


def _heat(alt: Any) -> Any:
    hottest = _line(alt, "hottest", "°C", [1, 0])
    return alt.layer(hottest, _line(alt, "celsius", "°C", [3, 3])).properties(width=420, height=60)


def _clocks(alt: Any) -> Any:
    ceiling = _line(alt, "ceiling", "GHz", [3, 3])
    return alt.layer(_line(alt, "ghz", "GHz", [1, 0]), ceiling).properties(width=420, height=60)


def _line(alt: Any, field: str, unit: str, dash: list[int]) -> Any:
    """Draw one value of the rounds; dashed is the battery, and what a clock may be at most."""
    scale = alt.Scale(zero=False, padding=8)
    return (
        alt.Chart(alt.NamedData(name="rounds"))
        .mark_line(point=True, strokeDash=dash)
        .encode(x=_over_time(alt), y=alt.Y(f"{field}:Q", title=unit, scale=scale))
        .transform_filter(f"isValid(datum.{field})")
    )


def sustained() -> dict[str, Any]:
    """Return the chart of a sustained series: latency, temperature and clock over minutes.

    Its data set `sustained` is filled in when a cell opens.
    """
    import altair as alt  # noqa: PLC0415 (heavy)

    data = alt.NamedData(name="sustained")
    last = alt.X("minute:Q", title="minutes of load, by the device's clock")
    x = alt.X("minute:Q", title=None, axis=alt.Axis(labels=False))
    loose = alt.Scale(zero=False, padding=8)
    times = alt.Chart(data).encode(
        x=x,
        y=alt.Y("ms:Q", title="median, ms", scale=loose),
        tooltip=[
            alt.Tooltip("minute:Q", format=".2f", title="minute"),
            alt.Tooltip("ms:Q", format=".4~g", title="median, ms"),
            alt.Tooltip("count:Q", title="invocations"),
            alt.Tooltip("celsius:Q", format=".1f", title="degrees Celsius"),
            alt.Tooltip("ceiling:Q", format=".0%", title="lowest ceiling of a clock"),
        ],
    )
    lower = [
        alt.Chart(data)
        .mark_line(strokeDash=[3, 3])
        .encode(x=x, y=alt.Y("celsius:Q", title="°C", scale=loose))
        .transform_filter("isValid(datum.celsius)"),
        alt.Chart(data)
        .mark_line(interpolate="step-after")
        .encode(
            x=last,
            y=alt.Y("ceiling:Q", title="clock", axis=alt.Axis(format=".0%", tickCount=3)),
        )
        .transform_filter("isValid(datum.ceiling)"),
    ]
    upper = alt.layer(times.mark_line(strokeWidth=1), times.mark_point(filled=True, size=30))
    chart = alt.vconcat(
        upper.properties(width=420, height=130),
        *(one.properties(width=420, height=60) for one in lower),
        spacing=8,
    )
    return _finished(chart.to_dict(validate=False))


def _finished(spec: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Altair puts in for itself: colours and fonts are the page's."""
    return {key: value for key, value in spec.items() if key not in ("config", "$schema")}


def library() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script that needs no network."""
    import vl_convert  # noqa: PLC0415 (heavy)

    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script")
