"""How a metric query is answered, whatever it asks for."""

from costguard.simulator.inventory import Json


def answer(text: str, start: int, end: int, groups: list[str], series: list[Json]) -> Json:
    """The answer to the query `text` of the seconds from `start` to `end`, by these tag keys."""
    return {
        "status": "ok",
        "res_type": "time_series",
        "resp_version": 1,
        "query": text,
        "message": "",
        "from_date": start * 1000,
        "to_date": end * 1000,
        "group_by": groups,
        "series": series,
    }
