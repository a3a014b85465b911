"""Where the files that ship beside the package are: inside it in a wheel, at the repository's root in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def bundled(name: str, package: Path = PACKAGE) -> Path:
    """The folder `name` ("rules", "templates"); raises FileNotFoundError where the installation lacks it."""
    places = (package / "_bundled" / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"costguard was installed without its {name}; looked in {places[0]} and {places[1]}")
