"""Log lines: JSON on standard error, with the request's id and nothing about a person."""

import logging
import sys

import structlog


def configure(level: str = "INFO") -> None:
    """Set up logging for the process. The server's own access log stays off, since it would write paths."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
