"""Parsers for what the tool wrote: text and protos. Pure: no I/O, no clock, no logging."""
