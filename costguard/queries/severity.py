"""How Datadog names the severity of a log, whatever the log called it.

Source: docs.datadoghq.com/logs/log_configuration/processors, log status remapper.
"""

_SEVERITIES = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")
_BEGINNINGS = {"f": "emergency", "o": "ok", "s": "ok"} | {name[0]: name for name in _SEVERITIES[1:]}


def severity_of(status: str) -> str:
    """What the status remapper makes of a text: emergency, alert, critical, error, warn, notice, info, debug or ok."""
    text = status.casefold()
    if text.isdecimal():
        return _SEVERITIES[int(text)] if len(text) == 1 and int(text) < len(_SEVERITIES) else "info"
    if text in ("trace", "verbose"):
        return "debug"
    return "emergency" if text.startswith("emerg") else _BEGINNINGS.get(text[:1], "info")
