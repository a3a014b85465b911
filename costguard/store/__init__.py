"""The store: one DuckDB file with all that was read, whole runs only."""

from costguard.store.file import StoreError
from costguard.store.run import Item, Run, RunInfo, RunOrg
from costguard.store.store import Previous, Store

__all__ = ["Item", "Previous", "Run", "RunInfo", "RunOrg", "Store", "StoreError"]
