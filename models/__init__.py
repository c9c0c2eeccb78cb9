"""The ground floor: one file per entity. Importing this package declares every table."""

from importlib import import_module
from pkgutil import iter_modules

from models.base import metadata

__all__ = ["metadata"]

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
