"""`python -m harness.litert_tool --graph=…`, and the start of the tool when it is a file."""

from __future__ import annotations

import sys

from harness.litert_tool.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
