"""Make docs/images/report.png: a demo of now, its report in a headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).parent / "images" / "report.png"
SIZE = "1280,1180"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Run the demo into a folder of its own and photograph the first screen of its report."""
    browser = next((found for name in NAMES if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit("no Chromium on PATH; install Debian's package chromium")
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "harness", "demo", "--out", folder]
        subprocess.run(demo, check=True)
        report = next(Path(folder).glob("*/report.html"))
        TARGET.parent.mkdir(exist_ok=True)
        subprocess.run(
            [
                browser,
                *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--no-first-run", "--disable-background-networking", "--disable-sync"),
                *("--disable-component-update", f"--user-data-dir={folder}/browser"),
                *(f"--window-size={SIZE}", f"--screenshot={TARGET}", report.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    print(TARGET)


if __name__ == "__main__":
    main()
