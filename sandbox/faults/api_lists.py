"""Lists of the API that have no end, or take no notice of how much is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.faults import fault
from sandbox.faults.tools import estate_edited
from sandbox.house import Sandbox
from sandbox.switchboard import flip

LAZY = "monthly.optimization.lazy-loading"
PATH, LISTED = "/api/projects", 'lists = ["/api/projects"]'
ALL = 1_000_000


@fault(not_met=LAZY)
def list_without_end(sandbox: Sandbox) -> Iterator[None]:
    """Who says nothing of how much is sent all there is."""
    with flip(sandbox.home, paths={PATH: {"page": ALL, "most": ALL}}):
        yield


@fault(not_met=LAZY)
def list_that_gives_whatever_is_asked_for(sandbox: Sandbox) -> Iterator[None]:
    """A page has 20 entries, unless somebody asks for more: then there is no limit."""
    with flip(sandbox.home, paths={PATH: {"most": ALL}}):
        yield


@fault(not_met=LAZY)
def list_that_ignores_the_limit(sandbox: Sandbox) -> Iterator[None]:
    """Who asks for one entry is sent 20."""
    with flip(sandbox.home, paths={PATH: {"least": 20}}):
        yield


@fault(harmless=LAZY)
def list_that_refuses_too_much(sandbox: Sandbox) -> Iterator[None]:
    """Who asks for more than a page holds is answered 400."""
    with flip(sandbox.home, paths={PATH: {"refuses": True}}):
        yield


@fault(not_assessed=LAZY)
def list_that_does_not_say_whether_it_goes_on(sandbox: Sandbox) -> Iterator[None]:
    """The answers hold nothing under the name that the estate gives: they may have been the whole list."""
    with estate_edited(sandbox, (LISTED, f'{LISTED}\nlist_next = "following"')):
        yield


@fault(not_assessed=LAZY)
def list_with_one_entry(sandbox: Sandbox) -> Iterator[None]:
    """The list is so short that nobody can tell whether it has a limit."""
    with flip(sandbox.home, paths={PATH: {"body": '{"projects": [{"id": 1}], "next": null}'}}):
        yield


@fault(not_assessed=LAZY)
def list_that_answers_with_an_error(sandbox: Sandbox) -> Iterator[None]:
    """The list answers 500: how long it is cannot be told."""
    with flip(sandbox.home, paths={PATH: {"status": 500}}):
        yield


@fault(not_assessed=LAZY)
def no_list_named(sandbox: Sandbox) -> Iterator[None]:
    """The estate names no list: of none, all are limited."""
    with estate_edited(sandbox, (LISTED, "lists = []")):
        yield
