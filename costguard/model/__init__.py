"""The vocabulary: what is read from Datadog, what is said about it, and in which money."""
