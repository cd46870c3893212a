"""`python -m harness.litert_tool.compiled --graph=…`, and the start of the tool as a file."""

from __future__ import annotations

import sys

from harness.litert_tool.compiled.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
