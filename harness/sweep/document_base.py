"""What all documents of a sweep have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Base of all documents: unknown keys of newer versions are kept, not refused."""

    model_config = ConfigDict(
        extra="allow", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    def to_json(self) -> dict[str, Any]:
        """Return the document as plain JSON data."""
        return self.model_dump(mode="json", by_alias=True)
