# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings on pages, a group on each: what stands in the file, what is typed, and what stands against it."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp.web import Response

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.founding import STEPS
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.wording import Wording
from ringtausch_node.web.operator.setting_fields import GROUPS, Field, Group

_SETTINGS = "/betrieb/einstellungen"
#: Digits of a port, of a year of days; more is no number that a setting takes.
_DIGITS_MAX = 9
_LOWER = "limits.default_min_seconds"


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about settings."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _SETTINGS, "operator", of.list),
        PageRoute("GET", f"{_SETTINGS}/{{group}}", "operator", of.form),
        PageRoute("POST", f"{_SETTINGS}/{{group}}", "operator", of.save),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._settings = services, services.settings

    async def list(self, _visit: Visit) -> Page:
        """The groups, and what only the machine changes."""
        config = self._settings.current()
        fixed = {name: getattr(config, name) for name in ("address", "net", "unit", "listen", "url")}
        fixed |= {"url": config.public_url, "folder": str(self._services.folder.path)}
        groups = [{"name": each.name, "title": each.title, "words": each.words} for each in GROUPS.values()]
        return Page("operator/settings_list.html", {"groups": groups, "fixed": fixed})

    async def form(self, visit: Visit) -> Page:
        """One group as it stands. Raises LocalError('not_found')."""
        group, config = _group(visit), self._settings.current()
        say = Wording(visit.speech, config)
        return self._page(group, {each.id: _shown(config, each, say) for each in group.fields}, {})

    def _page(self, group: Group, values: dict[str, str], errors: dict[str, str]) -> Page:
        data = {
            "group": group.name, "title": group.title, "fields": [_asked(each) for each in group.fields],
            "values": values, "errors": errors,
        }  # fmt: skip
        return Page("operator/settings_form.html", data, 422 if errors else 200)

    async def save(self, visit: Visit) -> Page | Response:
        """Write a group down; the ring opens again with it. What is wrong stands at its field."""
        group = _group(visit)
        typed = {each.id: visit.field(each.id) for each in group.fields}
        wanted, errors = self._read(group, typed)
        if not errors:
            try:
                await self._settings.change(wanted, visit.actor)
            except LocalError as error:
                if error.code != "config":
                    raise
                errors = {_field_of(group, error.detail): "config"}
        if errors:
            secrets = {each.id: "" for each in group.fields if each.kind == "secret"}
            return self._page(group, typed | secrets, errors)
        if group.name in STEPS:
            await self._services.founding.finish(group.name, visit.actor)
        return see_other("/betrieb/einrichten" if visit.field("weiter") == "einrichten" else _SETTINGS)

    def _read(self, group: Group, typed: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        wanted: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for each in group.fields:
            if each.kind == "secret" and not typed[each.id]:
                continue
            try:
                wanted[each.name] = self._value(each, typed[each.id])
            except LocalError as error:
                errors[each.id] = error.code
        return wanted, errors

    def _value(self, field: Field, text: str) -> object:
        """What was typed, as the file has it. Raises LocalError: amount, config."""
        if field.kind == "amount":
            seconds = parse_signed_amount(text, self._services.config.parsed_unit)
            return -abs(seconds) if field.name == _LOWER else seconds
        if field.kind == "number":
            if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS_MAX:
                raise LocalError("config")
            return int(text)
        return [line.strip() for line in text.splitlines() if line.strip()] if field.kind == "lines" else text


def _group(visit: Visit) -> Group:
    if visit.found[0] not in GROUPS:
        raise LocalError("not_found", "settings")
    return GROUPS[visit.found[0]]


def _asked(field: Field) -> dict[str, Any]:
    """A field for the page and its .json."""
    return {**field._asdict(), "id": field.id}


def _shown(config: Config, field: Field, say: Wording) -> str:
    """What stands in the file, as it is typed."""
    value: Any = msgspec.to_builtins(config)
    for part in field.name.split("."):
        value = value[part]
    if field.kind == "secret":
        return ""
    if field.kind == "lines":
        return "\n".join(value)
    return say.bare(value) if field.kind == "amount" else str(value)


def _field_of(group: Group, detail: str) -> str:
    """The field that an error of the settings names; the first where it names none of this page."""
    name = detail.partition(":")[0].partition("[")[0]
    return next((each.id for each in group.fields if each.name == name), group.fields[0].id)
