"""Write docs/reference/android-commands.md from harness/device/adb/commands.py.

python docs/generate_android_commands.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/android-commands.md"
sys.path.insert(0, str(ROOT / "tests"))

from harness.device.adb.commands import COMMANDS  # noqa: E402
from phone_commands import where_used  # noqa: E402

HEAD = """\
# Commands on a phone

Made from `harness/device/adb/commands.py` by `docs/generate_android_commands.py`; do not edit.

Every program that the harness runs on a phone. Nothing else is run there but the tool itself; all
of it works for the shell user of a locked phone. Words of the shell (mksh) are left out.

- *since*: the Android version that has it. On an older one the answer is missing, and so is what
  it tells.
- *proof*: `conformance` rows are run on real mksh and toybox (`nox -s conformance`). The others are
  Android's own programs: no machine but a phone has them, and what is said of them rests on the
  source that is named.
"""


def render() -> str:
    """Return the page."""
    used = where_used()
    rows = [
        f"| `{one.name}` | {one.use} | {one.since} | {one.source} | "
        f"{'conformance' if one.proof else 'needs a phone'} | "
        f"{', '.join(f'`{Path(name).name}`' for name in sorted(used[one.name]))} |"
        for one in sorted(COMMANDS, key=lambda one: one.name.lower())
    ]
    table = "| program | what for | since | source | proof | where |\n|---|---|---|---|---|---|"
    return f"{HEAD}\n{table}\n" + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page, or say whether it is fresh."""
    text = render()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        print(
            f"{PAGE.name}: {'fresh' if fresh else 'stale; run docs/generate_android_commands.py'}"
        )
        return int(not fresh)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
