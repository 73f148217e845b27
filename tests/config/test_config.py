# SPDX-License-Identifier: AGPL-3.0-or-later
"""`config.toml`: what is read, what is refused, and that what we write reads back the same."""

from __future__ import annotations

import pytest

from ringtausch_node.config import CONFIG_BYTES, Config, Limits, Lines, check_config, parse_config
from ringtausch_node.config.text import render_config
from ringtausch_node.errors import LocalError

SMALL = 'address = "eiche.example"\nname = "Tauschring Eiche"\n'


def refusal(text: str | bytes) -> LocalError:
    with pytest.raises(LocalError) as caught:
        parse_config(text.encode() if isinstance(text, str) else text)
    assert caught.value.code == "config"
    return caught.value


def test_two_settings_are_enough() -> None:
    config = parse_config(SMALL.encode())
    assert "eiche.example" == config.address
    assert "de" == config.net
    assert "https://eiche.example" == config.public_url
    assert ("127.0.0.1", 8470) == config.listen_at
    assert not config.allow_private_addresses
    assert ("block", "warn") == (config.limits.lower_limit, config.limits.upper_limit)


def test_what_is_written_reads_back_the_same() -> None:
    config = Config(
        address="ulme.example:8471", name='Ulme "Süd" \\ #1', net="test", unit="Talente:20:1", listen="[::1]:0",
        url="http://127.0.0.1:8471", language="en", allow_private_addresses=True,
        limits=Limits(lower_limit="warn", upper_limit="block", default_min_seconds=-3600, default_max_seconds=0),
        lines=Lines(limit_in_seconds=1, limit_out_seconds=0, open_holds=500, deadline_hours=1),
    )  # fmt: skip
    assert config == parse_config(render_config(config).encode())
    assert "ACHTUNG" in render_config(config)


def test_an_unknown_setting_is_an_error_with_a_guess() -> None:
    assert '"address"?' in refusal(SMALL + 'adress = "x"\n').detail
    assert 'limits.lower_limits" - meinten Sie' in refusal(SMALL + "[limits]\nlower_limits = 'warn'\n").detail
    assert "meinten" not in refusal(SMALL + "zzz = 1\n").detail


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ('unit = "Talente:7:2"', "unit"),
        ('unit = "Talente"', "unit"),
        ('listen = "8470"', "listen"),
        ('listen = "localhost:99999"', "listen"),
        ('listen = ":80"', "listen"),
        ('url = "http://eiche.example"', "url"),
        ('url = "https://eiche.example/ring"', "url"),
        ('url = "https://user@eiche.example"', "url"),
        ('url = "https://[::1"', "url"),
        ('language = "fr"', "language"),
        ('net = "Groß"', "net"),
        ("allow_private_addresses = 1", "allow_private_addresses"),
        ("[limits]\ndefault_min_seconds = 1", "limits"),
        ("[limits]\ndefault_min_seconds = -9223372036854775809", "limits"),
        ('[limits]\nlower_limit = "maybe"', "lower_limit"),
        ("limits = 3", "limits"),
        ("[lines]\nopen_holds = 501", "open_holds"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(addition: str, named: str) -> None:
    assert named in refusal(SMALL + addition + "\n").detail


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"address = ",
        b"= 1",
        b"a = [" * 5000,
        b"a = " + b"1" * 5000,
        b'address = "x"\naddress = "y"\n',
        b"#" * (CONFIG_BYTES + 1),
    ],
)
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    refusal(data)


@pytest.mark.parametrize("address", ["Eiche.example", "eiche example", "", "a" * 200, "eiche.example:0x50"])
def test_the_address_is_checked(address: str) -> None:
    with pytest.raises(LocalError, match="config"):
        check_config({"address": address, "name": "E"})


@pytest.mark.parametrize("name", ["", "x" * 81, "a\nb", "a\u202eb", 7])
def test_the_name_is_checked(name: object) -> None:
    with pytest.raises(LocalError, match="config"):
        check_config({"address": "eiche.example", "name": name})
