"""The network around a workspace as a picture: what leads where, as findings judge it."""

from amlaudit.reporters.topology.drawing import draw
from amlaudit.reporters.topology.model import Edge, Lane, Node, Picture
from amlaudit.reporters.topology.pictures import pictures
from amlaudit.reporters.topology.verdicts import Passage

__all__ = ["Edge", "Lane", "Node", "Passage", "Picture", "draw", "pictures"]
