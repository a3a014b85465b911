"""What every value of the vocabulary has in common: it never changes, and a field that nobody declared is an error."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")
