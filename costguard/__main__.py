"""The way in: `python -m costguard` and the `costguard` command."""

import sys


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    from costguard.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
