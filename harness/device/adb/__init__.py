"""Android devices over a real adb server."""
