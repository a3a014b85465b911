"""Another company's account that is connected to this one as a partner's customer: shown only to who asks for it."""

from decimal import Decimal
from typing import Final

NAMES: Final = {
    "org_name": "foxglove-outfitters",
    "public_id": "partner0foxglove",
    "account_name": "foxglove-outfitters",
    "account_public_id": "partner0foxglove",
    "region": "us",
}

DIMENSION = "infra_host"
HOSTS = 12
COST = Decimal(HOSTS * 18)
"""What its hosts cost a month; it has no commitment."""
