# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/ringtausch@.service and ringtausch-in: one user, one folder, little else."""

from __future__ import annotations

import configparser
import os
import subprocess

import pytest

from ringtausch_node.cli.failures import REFUSED, USED_WRONGLY
from ringtausch_node.serving import ServingLimits
from tests.house.tree import ROOT

UNIT = ROOT / "deploy" / "ringtausch@.service"
COMMAND = ROOT / "deploy" / "ringtausch-in"
YES = (
    "DynamicUser", "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateDevices", "PrivateTmp",
    "PrivateUsers", "ProtectClock", "ProtectControlGroups", "ProtectHome", "ProtectHostname", "ProtectKernelLogs",
    "ProtectKernelModules", "ProtectKernelTunables", "RemoveIPC", "RestrictNamespaces", "RestrictRealtime",
    "RestrictSUIDSGID",
)  # fmt: skip


@pytest.fixture(scope="module", name="service")
def _service() -> configparser.SectionProxy:
    reader = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), strict=False)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read(UNIT, encoding="utf-8")
    assert ["Unit", "Service", "Install"] == reader.sections()
    return reader["Service"]


@pytest.mark.parametrize("name", YES)
def test_a_wall_is_up(service: configparser.SectionProxy, name: str) -> None:
    assert "yes" == service[name]


def test_it_writes_in_its_own_folder_only(service: configparser.SectionProxy) -> None:
    assert "strict" == service["ProtectSystem"]
    assert ("ringtausch/%i", "0700", "0077") == tuple(
        service[name] for name in ("StateDirectory", "StateDirectoryMode", "UMask")
    )
    assert not {"ReadWritePaths", "BindPaths"} & set(service)
    assert service["ExecStart"].endswith("/ringtausch serve %S/ringtausch/%i")


def test_it_has_no_powers(service: configparser.SectionProxy) -> None:
    assert "" == service["CapabilityBoundingSet"]
    assert "" == service["AmbientCapabilities"]
    assert ["AF_INET", "AF_INET6", "AF_UNIX"] == service["RestrictAddressFamilies"].split()
    lines = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if line.startswith("SystemCallFilter=")]
    assert ["SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources"] == lines


def test_what_cannot_be_mended_by_starting_again_is_not_started_again(service: configparser.SectionProxy) -> None:
    assert "on-failure" == service["Restart"]
    assert [USED_WRONGLY, REFUSED] == [int(code) for code in service["RestartPreventExitStatus"].split()]


def test_it_gets_the_time_and_the_files_it_needs(service: configparser.SectionProxy) -> None:
    assert ServingLimits().stop_seconds * 2 < int(service["TimeoutStopSec"].removesuffix("s"))
    assert ServingLimits().connections * 2 < int(service["LimitNOFILE"])


def test_a_command_runs_as_the_service_does(service: configparser.SectionProxy) -> None:
    text = COMMAND.read_text(encoding="utf-8").replace("$ring", "%i")
    for name in ("DynamicUser", "User", "StateDirectory", "StateDirectoryMode", "UMask"):
        assert f"{name}={service[name]}" in text
    assert service["ExecStart"].partition(" ")[0] in text


@pytest.mark.parametrize("ring", ["../eiche", "Eiche", "a" * 21, "", "-eiche", "a b", "eiche;true"])
def test_a_ring_whose_name_is_no_name_is_refused(ring: str) -> None:
    done = subprocess.run([COMMAND, ring, "state", "."], capture_output=True, text=True, check=False, timeout=10)

    assert USED_WRONGLY == done.returncode
    assert "letters" in done.stderr


def test_scripts_can_be_run() -> None:
    assert all(os.access(ROOT / "deploy" / name, os.X_OK) for name in ("ringtausch-in", "smoke.sh"))
