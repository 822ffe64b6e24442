"""An Ansible inventory as the source of hosts: groups are roles, and Ansible's own variables say how a host is reached.

Read are static files, INI or YAML. What only Ansible itself can resolve is written out by `ansible-inventory --list --yaml`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compliance.errors import ConfigurationError

EVERYBODY = ("all", "ungrouped")
HEADING = re.compile(r"\[(?P<group>[^\]:\s]+)(?::(?P<kind>children|vars))?\]\s*(?:#.*)?")
RANGE = re.compile(r"\[(?P<first>\d+|[a-z]):(?P<last>\d+|[a-z])\]")
Variables = dict[str, str]


@dataclass
class Group:
    """A group as the file has it: its hosts with their own variables, the groups inside it, its variables."""

    hosts: dict[str, Variables] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    variables: Variables = field(default_factory=dict)


Groups = dict[str, Group]


def hosts(path: Path) -> dict[str, dict[str, Any]]:
    """The keys of `[hosts.NAME]` for each host of the inventory. Raises `ConfigurationError` for what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(path, "inventory", path.name, str(error), "Name a static Ansible inventory, INI or YAML") from None
    groups = _from_yaml(text, path) if path.suffix in (".yml", ".yaml") else _from_ini(text, path)
    names = dict.fromkeys(name for group in groups.values() for name in group.hosts)
    return {name: _described(name, groups, path) for name in names}


def _described(name: str, groups: Groups, path: Path) -> dict[str, Any]:
    of = [group for group in groups if name in _members(groups, group)]
    # As Ansible does: `all`, then a group before the groups inside it, then the host's own.
    widest = sorted((g for g in of if g not in EVERYBODY), key=lambda g: -len(_inside(groups, g)))
    said: Variables = dict(groups["all"].variables) if "all" in groups else {}
    for group in widest:
        said |= groups[group].variables
    for group in of:
        said |= groups[group].hosts.get(name, {})
    made = {"spec": _spec(name, said, path), "roles": [group for group in of if group not in EVERYBODY]}
    return made | ({"ssh_config": said["ssh_config"]} if "ssh_config" in said else {})


def _spec(name: str, said: Variables, path: Path) -> str:
    kind = said.get("ansible_connection", "ssh")
    if kind == "local":
        return "local://"
    address, port = said.get("ansible_host", name), said.get("ansible_port", "")
    user = said.get("ansible_user", "")
    bad = next((value for value in (address, port, user) if "{{" in value or re.search(r"[\s/]", value)), None)
    if kind not in ("ssh", "smart", "ansible.builtin.ssh") or bad is not None:
        remedy = "Write it out: ansible-inventory --list --yaml --output inventory.yml"
        raise ConfigurationError(path, name, bad or kind, "this cannot be used to reach the host by ssh", remedy)
    at = f"[{address}]" if ":" in address else address
    return f"ssh://{user}{'@' if user else ''}{at}{':' if port else ''}{port}"


def _inside(groups: Groups, group: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """All groups below this one, however deep."""
    found: set[str] = set()
    for child in groups[group].children if group in groups else ():
        if child not in seen:
            found |= {child} | _inside(groups, child, seen | {group})
    return found


def _members(groups: Groups, group: str) -> set[str]:
    """The hosts of a group and of all groups below it."""
    return {name for inner in {group} | _inside(groups, group) if inner in groups for name in groups[inner].hosts}


def _from_ini(text: str, path: Path) -> Groups:
    groups: Groups = {"all": Group(), "ungrouped": Group()}
    group, kind = "ungrouped", None
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line, path, number)
        heading = HEADING.fullmatch(line.strip())
        if heading:
            group, kind = heading["group"], heading["kind"]
            groups.setdefault(group, Group())
        elif words and kind == "children":
            groups[group].children.append(words[0])
            groups.setdefault(words[0], Group())
        elif words and kind == "vars":
            key, _, value = line.partition("=")
            groups[group].variables[key.strip()] = value.strip().strip("\"'")
        elif words:
            _add_hosts(groups[group], words, path, number)
    return groups


def _words(line: str, path: Path, number: int) -> list[str]:
    try:
        return [] if line.lstrip().startswith((";", "#")) else shlex.split(line, comments=True)
    except ValueError as error:
        raise ConfigurationError(path, f"line {number}", line.strip(), str(error), "Correct that line") from None


def _add_hosts(group: Group, words: list[str], path: Path, number: int) -> None:
    pattern, *pairs = words
    if any("=" not in pair for pair in pairs) or pattern.startswith("[") or "=" in pattern:
        problem = "this is neither a group, nor a host with name=value behind it"
        raise ConfigurationError(path, f"line {number}", " ".join(words), problem, "Correct that line")
    said = dict(pair.split("=", 1) for pair in pairs)
    port = re.search(r"^[^\[\]:]+(?:\[[^\]]*\][^\[\]:]*)*:(\d+)$", pattern)
    if port:
        pattern, said = pattern.rpartition(":")[0], {"ansible_port": port[1], **said}
    for name in _names(pattern):
        group.hosts.setdefault(name, {}).update(said)


def _names(pattern: str) -> Iterator[str]:
    """`web[01:03]` as three names."""
    found = RANGE.search(pattern)
    if not found:
        yield pattern
        return
    first, last = found["first"], found["last"]
    if first.isdigit():
        steps = [f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1)]
    else:
        steps = [chr(n) for n in range(ord(first), ord(last) + 1)]
    for step in steps:
        yield from _names(f"{pattern[: found.start()]}{step}{pattern[found.end() :]}")


def _from_yaml(text: str, path: Path) -> Groups:
    try:
        import yaml
    except ImportError:
        raise ConfigurationError(
            path, "inventory", path.name, "PyYAML is missing to read it", "Run make setup, or write it as INI"
        ) from None
    try:
        content = yaml.safe_load(text)
        groups: Groups = {}
        for name, body in (content or {}).items():
            _add_group(groups, str(name), body or {})
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        problem = " ".join(str(error).split())
        raise ConfigurationError(path, "inventory", path.name, f"this is no Ansible inventory: {problem}", "Correct it") from None
    return groups


def _add_group(groups: Groups, name: str, body: dict[str, Any]) -> None:
    group = groups.setdefault(name, Group())
    group.variables |= _texts(body.get("vars") or {})
    for pattern, said in (body.get("hosts") or {}).items():
        for host in _names(str(pattern)):
            group.hosts.setdefault(host, {}).update(_texts(said or {}))
    for child, inner in (body.get("children") or {}).items():
        group.children.append(str(child))
        _add_group(groups, str(child), inner or {})


def _texts(said: dict[str, Any]) -> Variables:
    return {str(key): str(value) for key, value in said.items()}
