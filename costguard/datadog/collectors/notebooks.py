"""What Datadog's API says of notebooks and what their cells ask."""

from collections.abc import Iterator, Mapping
from typing import Any

from costguard.datadog import widgets
from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.pages import by_offset
from costguard.datadog.raw import MalformedError, identity, key_of, mapping, moment, read_each, text
from costguard.model.resources import Notebook

_PAGE = 100


class Notebooks:
    """GET /api/v1/notebooks with the cells, which the list gives in full."""

    provides = Notebook
    permissions = ("notebooks_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:  # noqa: ARG002 - as every collector
        """Every notebook that is not a template."""
        yield from read_each(
            by_offset(
                lambda page: org.call(
                    "v1.list_notebooks", query={"include_cells": True, "count": _PAGE, **page}, what="notebook"
                ),
                org=org.org.name,
                what="notebook",
                items="data",
                key=key_of("id"),
            ),
            lambda raw: _notebook(org, raw),
            org=org.org.name,
            what="notebook",
            plural="notebooks",
        )


def _notebook(org: Connection, raw: Mapping[str, Any]) -> Notebook:
    attributes = mapping(raw.get("attributes"))
    cells = attributes.get("cells")
    if not isinstance(cells, list):
        raise MalformedError("no cells")
    variables = attributes.get("template_variables")
    id_ = identity(raw.get("id"))
    return Notebook(
        org=org.org.name,
        id=id_,
        name=text(attributes.get("name")),
        url=org.app_url(f"/notebook/{id_}"),
        created=moment(attributes.get("created")),
        modified=moment(attributes.get("modified")),
        author=text(mapping(attributes.get("author")).get("handle")) or None,
        queries=widgets.queries(cells, variables),
        template_variables=widgets.template_variables(variables),
    )
