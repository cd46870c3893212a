"""Entry point of the `harness` command."""

import sys


def main() -> None:
    """Run the command line and exit with a documented code."""
    from harness.cli.app import run  # noqa: PLC0415 (the app loads verbs; keep import of the package free)

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
