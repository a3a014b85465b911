"""How the hours of a month become one billable number, dimension by dimension."""

import pytest

from costguard.bill import KINDS, Kind, kind_of, product_of

KEYS = [
    ("infra_host", "infra_host_top99p", Kind.HIGH_WATER),
    ("infra_host", "infra_host_sum", Kind.AVERAGE),  # host-hours become hosts when they are read
    ("infra_host", "", Kind.HIGH_WATER),
    ("infra_container", "infra_container_sum", Kind.CONTAINER_HOURS),
    ("timeseries", "timeseries_average", Kind.AVERAGE),
    ("ci_pipeline", "ci_pipeline_maximum", Kind.MAXIMUM),
    ("logs_indexed_15day", "logs_indexed_15day_sum", Kind.SUM),
    ("brand_new_thing", "brand_new_thing_top99p", Kind.HIGH_WATER),
    ("brand_new_thing", "brand_new_thing_sum", Kind.SUM),
    ("brand_new_thing", "", Kind.UNKNOWN),
    ("brand_new_host", "", Kind.UNKNOWN),
]


@pytest.mark.parametrize(("dimension", "key", "kind"), KEYS)
def test_the_kind_is_the_plans_own_else_the_usual_one(dimension: str, key: str, kind: Kind) -> None:
    assert kind_of(dimension, key) is kind


def test_all_dimensions_with_a_kind_of_their_own_have_a_product() -> None:
    assert {each for each in KINDS if product_of(each) == "other"} == {"data_stream_monitoring"}
