"""What the server's workers load."""

from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings


def application() -> FastAPI:
    return create_app(Settings())
