"""The world and the life that the tests of nodes have."""

from tests.node.conftest import begun, life, world

__all__ = ["begun", "life", "world"]
