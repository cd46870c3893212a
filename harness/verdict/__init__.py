"""Judgement: from evidence to placement, findings and headline. Pure."""
