"""The browser that HTML reports are looked at with: the system's Chromium, one a test process."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium; skips where there is none, or fails if COSTGUARD_REQUIRE_BROWSER=1."""
    executable = shutil.which("chromium", path=os.environ.get("PATH", "") + os.pathsep + "/usr/bin")
    if executable is None:
        if os.environ.get("COSTGUARD_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium found, and COSTGUARD_REQUIRE_BROWSER=1; install the package chromium")
        pytest.skip("no Chromium found; install the package chromium to run this test")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield chromium
        chromium.close()
