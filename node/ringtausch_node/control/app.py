# SPDX-License-Identifier: AGPL-3.0-or-later
"""The control socket: HTTP on `control.sock` in the ring's folder, for its owner alone.

Whoever can open the socket may do everything an operator may, so it has mode 0600 in a folder of mode 0700, and is
connected to the file system only: no page in a browser and no neighbour on the network can reach it.
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

import msgspec
from aiohttp import web

from ringtausch_node.control.operations import ARGUMENT_BYTES, carry_out
from ringtausch_node.errors import LocalError, RemoteError, RingtauschError, code_of
from ringtausch_node.faults import places_of
from ringtausch_node.ring import Ring

logger = logging.getLogger(__name__)

RING = web.AppKey("ring", Ring)
#: Commands that may wait to be accepted; each is one short-lived process.
BACKLOG = 64


def build_control(ring: Ring) -> web.Application:
    """The app behind the socket: POST /<operation>, arguments and result as JSON."""
    app = web.Application(client_max_size=ARGUMENT_BYTES)
    app[RING] = ring
    app.router.add_post("/{operation}", _handle)
    return app


async def _handle(request: web.Request) -> web.Response:
    name = request.match_info["operation"]
    try:
        data = await request.read()
        result = await carry_out(request.app[RING], name, data)
        return _json(200, {"result": result})
    except web.HTTPRequestEntityTooLarge:
        return _failure(LocalError("too_large", f"arguments of {name}"))
    except RingtauschError as error:
        return _failure(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a traceback in an answer
        logger.error("operation %s: %s", name, places_of(error))  # noqa: TRY400 - a traceback may quote a member
        return _failure(LocalError("internal", name))


def _failure(error: RingtauschError) -> web.Response:
    document = {
        "code": error.code, "detail": error.detail, "remote": isinstance(error, RemoteError), "figures": error.figures,
    }  # fmt: skip
    return _json(code_of(error.code).status, {"error": document})


def _json(status: int, document: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(document), content_type="application/json")


class ControlServer:
    """Serves one ring's control socket. Only the holder of the folder's lock may start it."""

    def __init__(self, ring: Ring) -> None:
        self._folder = ring.folder.path
        self._runner = web.AppRunner(build_control(ring), access_log=None, shutdown_timeout=10.0)

    async def start(self) -> None:
        """Listen. A socket left by a killed process is replaced: we hold the lock, so it is nobody's."""
        await self._runner.setup()
        await web.SockSite(self._runner, bind_control(self._folder), backlog=BACKLOG).start()

    async def stop(self) -> None:
        """Finish what runs and take the socket away."""
        with suppress(OSError):
            (self._folder / "control.sock").unlink()
        await self._runner.cleanup()


def bind_control(folder: Path) -> socket.socket:
    """A socket bound to `control.sock`, closed to others before anyone can connect.

    The path goes through /proc/self/fd, because sun_path has room for 108 bytes and folders may be deeper.
    """
    with suppress(FileNotFoundError):
        (folder / "control.sock").unlink()
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(f"/proc/self/fd/{directory}/control.sock")
            (folder / "control.sock").chmod(0o600)
        except BaseException:
            listener.close()
            raise
        return listener
    finally:
        os.close(directory)
