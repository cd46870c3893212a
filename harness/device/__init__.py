"""Devices: where models run. One protocol; adb and local behind it."""
