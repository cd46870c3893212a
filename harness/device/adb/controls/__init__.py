"""Settings of a phone that undo themselves: see docs/reference/controls.md."""
