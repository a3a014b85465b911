"""All that speaks to Datadog: which calls there are, how they are sent, and what is read with them."""
