"""costguard: what you could stop paying Datadog for."""

__version__ = "0.1.0"
