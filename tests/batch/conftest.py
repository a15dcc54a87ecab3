"""The panels' fixtures: a real service, and no fault that goes unseen."""

from tests.widgets.conftest import *  # noqa: F403
