"""What is read over HTTP: `create_app(services)`."""

from serving.api.app import create_app
from serving.api.services import Services

__all__ = ["Services", "create_app"]
