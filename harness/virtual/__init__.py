"""The virtual lab: simulated phones that speak device-side adb. A process of its own."""
