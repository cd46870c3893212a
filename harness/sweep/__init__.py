"""A sweep: plan, run, journal, resume, results."""
