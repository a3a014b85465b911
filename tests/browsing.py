"""A browser window that notes everything a report must not do."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page


class Window:
    """A page in the browser with its requests, complaints and dialogs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def show(self, file: Path) -> Page:
        """Open a file."""
        self.page.goto(file.as_uri())
        return self.page

    @property
    def quiet(self) -> bool:
        """Whether it asked for nothing but itself, and nothing ran, failed or was refused."""
        return len(self.requests) == 1 and not self.complaints and not self.dialogs
