"""Write docs/reference/controls.md from the table of controls; `--check` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from harness.device.adb.controls.knob import KnobKind
from harness.device.adb.controls.phone import IDLE_S
from harness.device.adb.controls.table import TABLE, Control
from harness.device.controls import CLOCK_CONTROLS, DEFAULT_CONTROLS, ControlOutcome

TARGET = Path(__file__).parent / "reference" / "controls.md"

HEAD = """\
# Controls: settings of a phone that are held still

Made by `docs/generate_controls.py` from the table that the harness works with; not edited by hand.

A sweep may hold some settings of a phone while it measures, and puts every one back: at its end,
after an error, after Ctrl-C or SIGTERM, and if it was killed, by the phone itself or at the next
start ([how](on-the-phone.md#settings-and-how-they-are-put-back)). What could not be held is told
while it runs, in `rounds.jsonl`, in `results.json` and in the report, never left out in silence.

    harness run model.tflite --control default,fixed_performance
    harness run model.tflite --control none

In [devices.yaml](devices-yaml.md) `controls:` stands at the top, under a device or under a sweep:
the device wins over the sweep, the sweep over the file, the call over all of them. `default` stands
for what is held when nobody says anything: {default}. These cost
nothing and change no clock by themselves. The others are for who asks: they make a phone warmer or
slower, need root, or take something from its owner. `doze` is not among the defaults, since a phone
that charges does not doze, and one that is kept from dozing does its background work meanwhile.
This machine (`local`) has none.

## Outcomes

| outcome | meaning |
|---|---|
"""

OUTCOMES = {
    ControlOutcome.HELD: "it was set, and read back as set",
    ControlOutcome.ALREADY: "the phone was as wanted; nothing was changed",
    ControlOutcome.REFUSED: "the phone said no, in the words of the message",
    ControlOutcome.UNSUPPORTED: "this Android, maker or kernel does not have it, or its present "
    "value is none that could be put back",
    ControlOutcome.NO_RIGHTS: "it takes root",
    ControlOutcome.NOT_VERIFIED: "it was set without complaint, and nothing shows that it holds",
}

TRAPS = """
## What to know

- A value is read before it is changed, and only one that its kind can have is ever written back:
  text of a phone never becomes part of a command. A setting that is absent (`null`) is put back by
  `settings delete`.
- A setting that somebody changes during the sweep is not overwritten at the end. It is told.
- `fixed_performance`: Android has no question for this mode. Accepted and a clock limit moved is
  `held`; accepted and nothing moved is `not_verified`. Never compare sweeps with it to sweeps
  without.
- `background`: without its flag, `pm bg-dexopt-job` *starts* the job, as any form of it does before
  Android 14. It is asked for only where API level and the phone's own help agree.
- `governor`, `gpu_clock`: root means that adb's own shell is root; `su` is not used.
- A phone that reboots under a sweep, or whose host was away for longer than {idle} minutes, has let
  go of its settings: the next launch sets them again and says so.
- Rounds of one cell that a control did not leave alike (held in some, not or nobody knows in
  others: a reboot, a phone that was away) leave the note `settings_changed`. For {clocks},
  which change clocks, it makes the cell invalid; for the others it stands beside the numbers.
  `held` and `already` are alike, and so are `refused`, `unsupported`, `no_rights` and not asked.
- What is read back is the setting, not its effect. The commands are known from Android's sources;
  no phone of any maker was attached where this was written.
"""


def values_of(control: Control) -> Iterator[str]:
    """Yield each value of a control: how it is read and put back."""
    for knob in control.knobs:
        read = knob.read_command()
        back = {KnobKind.FIXED: "false", KnobKind.DOZE: "1", KnobKind.DEXOPT: "enabled"}
        if knob.kind is KnobKind.SETTING:
            put = f"settings put {' '.join(knob.name.split('/'))} BEFORE"
        else:
            put = knob.put_command(back[knob.kind])
        asked = f"`{read}`" if read and knob.kind is not KnobKind.DEXOPT else ""
        asked = "`dumpsys jobscheduler`" if knob.kind is KnobKind.DEXOPT else asked
        yield f"| {asked or 'nobody can ask'} | `{put}` |\n"
    if not control.knobs:
        yield f"| {control.changes}: `cat FILE` | `echo BEFORE >FILE` |\n"


def page() -> str:
    """Return the whole page."""
    names = ", ".join(f"`{name}`" for name in DEFAULT_CONTROLS)
    parts = [HEAD.replace("{default}", names)]
    parts += [f"| `{one}` | {OUTCOMES[one]} |\n" for one in ControlOutcome]
    parts.append("\n## The controls\n")
    for control in TABLE:
        default = ", by default" if control.name in DEFAULT_CONTROLS else ""
        parts.append(f"\n### {control.name}{default}\n\n{control.does[0].upper()}")
        parts.append(f"{control.does[1:]}.\n\n")
        parts.append(f"Android {control.since}; rights of {control.right}. ")
        parts.append(f"Source: {control.source}.")
        if control.first:
            parts.append(f" First: `{control.first}`.")
        if control.cannot_tell:
            parts.append(f" What it does not say: {control.cannot_tell}.")
        parts.append("\n\n| read by | put back by |\n|---|---|\n")
        parts += values_of(control)
    clocks = ", ".join(f"`{name}`" for name in CLOCK_CONTROLS)
    parts.append(TRAPS.replace("{idle}", str(IDLE_S // 60)).replace("{clocks}", clocks))
    return "".join(parts)


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == fresh else f"{TARGET} is stale; run me")
    TARGET.write_text(fresh, encoding="utf-8")
