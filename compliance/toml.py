"""Reads a TOML file into a pydantic model; every mistake in it becomes one message: file, key, value, remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from compliance.errors import ConfigurationError


class Strict(BaseModel):
    """A part of a configuration file: unknown keys and wrong types are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _worded(text: str) -> str:
    if not any(character.isprintable() for character in text):
        raise ValueError("holds nothing that anybody can see | Write it out")
    return text


# What a person must have written: blanks alone are nothing, nor is what nobody can see.
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_worded)]
# TOML's lists as values that do not change.
AsTuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
Texts = Annotated[tuple[str, ...], AsTuple]
# Keys whose values are not repeated in a message: what was written there by mistake may be the secret itself.
_SENSITIVE = re.compile(r"pass|pwd|secret|token|key|cred|dsn|warning|critical|information", re.I)
Model = TypeVar("Model", bound=Strict)


def read(path: Path) -> dict[str, Any]:
    """The file's content as plain data."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(path, "file", "missing", "there is no such file", "Create it, or name another") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(path, "file", "unreadable", str(error), "Make it a readable UTF-8 text file") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, "syntax", "TOML", str(error), "Correct that line") from None


def fit(model: type[Model], data: object, path: Path, where: str = "") -> Model:
    """`data` as a `model`; raises `ConfigurationError` that names every key that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        messages = [_explained(model, problem, path, where) for problem in error.errors(include_url=False)]
        raise _Several(messages) from None


def entries_of(path: Path, name: str, *, required: bool = False) -> list[dict[str, Any]]:
    """The tables `[[name]]` of a file, [] where there is no such file and it is not required; anything else in it is refused."""
    content = read(path) if required or path.exists() else {}
    for key in content:
        if key != name or not isinstance(content[key], list):
            raise ConfigurationError(path, key, "(not shown)", "there is no such key", f"Write entries as [[{name}]]")
    entries: list[dict[str, Any]] = content.get(name, [])
    return entries


class _Several(ConfigurationError):
    """All mistakes of one file in one message, a line each."""

    def __init__(self, messages: list[str]) -> None:
        Exception.__init__(self, "\n".join(messages))


def _explained(model: type[Strict], problem: Any, path: Path, where: str) -> str:
    location = [str(part) for part in problem["loc"]]
    key = ".".join(([where] if where else []) + location) or "content"
    kind, context = problem["type"], problem.get("ctx", {})
    near = difflib.get_close_matches(location[-1], _keys(model, location[:-1]), n=1) if kind == "extra_forbidden" else []
    secret = isinstance(problem["input"], dict | list) or any(_SENSITIVE.search(part) for part in location + near)
    value = "(not shown)" if secret else str(problem["input"]) if isinstance(problem["input"], date) else problem["input"]
    if kind == "missing":
        return str(ConfigurationError(path, key, "(nothing)", "the key is missing", "Add it"))
    if kind == "extra_forbidden":
        page = "docs/guide.md" if path.parent.name == "guide" else "docs/estate.md"
        remedy = f"Did you mean {near[0]!r}?" if near else f"Remove it, or look the right name up in {page}"
        return str(ConfigurationError(path, key, value, "there is no such key", remedy))
    if kind == "model_type":
        remedy = 'Write a section, or for a secret { env = "NAME" }: this file never holds the value itself'
        return str(ConfigurationError(path, key, "(not shown)", "a plain value where a section belongs", remedy))
    said = str(context.get("error", problem["msg"]))
    problem_text, _, remedy = said.partition(" | ")
    return str(ConfigurationError(path, key, value, problem_text, remedy or "Correct the value"))


def _keys(model: type[BaseModel], location: list[str]) -> list[str]:
    """The keys that a section knows; [] where it cannot be told."""
    for part in location:
        field = model.model_fields.get(part)
        inner = [a for a in _types(field.annotation) if isinstance(a, type) and issubclass(a, BaseModel)] if field else []
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)


def _types(annotation: Any) -> list[Any]:
    return [annotation, *getattr(annotation, "__args__", ())]
