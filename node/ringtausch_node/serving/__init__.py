# SPDX-License-Identifier: AGPL-3.0-or-later
"""How HTTP is served: listening, time limits, sizes, numbers, routes, and answers for every error."""

from __future__ import annotations

from ringtausch_node.serving.bodies import Places, asker, read_body
from ringtausch_node.serving.limits import ServingLimits
from ringtausch_node.serving.problems import json_answer, problem_answer
from ringtausch_node.serving.routing import App, Route
from ringtausch_node.serving.server import Server

__all__ = [
    "App", "Places", "Route", "Server", "ServingLimits", "asker", "json_answer", "problem_answer", "read_body",
]  # fmt: skip
