"""`python -m compliance waive REQUIREMENT OBJECT …`: accept one named finding until a day."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone

from compliance import estate, guide, kept, settings, waivers
from compliance.errors import ConfigurationError
from compliance.estate import Estate
from compliance.verdict import OK
from compliance.waivers import Waiver
from compliance.wording import line, short_path

COMMAND_LINE = "command line"


def configure(parser: argparse.ArgumentParser) -> None:
    """What a waiver needs; see docs/estate.md."""
    parser.add_argument("requirement", help="an id of the guide")
    parser.add_argument("object", help="the offender's name as results.json has it (`offenders`)")
    parser.add_argument("--reason", required=True, help="why it is accepted")
    parser.add_argument("--approver", required=True, help="who accepted it")
    parser.add_argument("--until", required=True, metavar="DAY", help="the last day it covers, such as 2026-12-31; within a year")
    parser.add_argument("--estate", default=None, metavar="NAME", help="a name under estates/ or a folder (else NEFF_ESTATE, else ini)")


def described(named: str | None) -> Estate:
    """The estate whose files are kept by hand; one that a provider makes for each run has none."""
    folder = estate.find(estate.chosen(named, settings.ini("estate")))
    if estate.provided(folder):
        remedy = "Name an estate of your own with --estate"
        raise ConfigurationError(COMMAND_LINE, "estate", folder.name, "is brought up anew for each run and keeps no entries", remedy)
    return estate.load(folder)


def applicable(requirement: str, requirements: guide.Guide, system: Estate) -> guide.Requirement:
    """The guide's requirement; raises `ConfigurationError` when there is none, or it does not apply to the estate."""
    if requirement not in requirements.requirements:
        remedy = "Use an id of the guide (guide/*.toml)"
        raise ConfigurationError(COMMAND_LINE, "requirement", requirement, "there is no such requirement", remedy)
    found = requirements.requirements[requirement]
    absent = system.absence(found)
    if absent:
        raise ConfigurationError(COMMAND_LINE, "requirement", requirement, f"does not apply here: {absent}", "There is nothing to write")
    return found


def run(chosen: argparse.Namespace) -> int:
    """Writes the waiver, or says in one message why not and changes nothing."""
    requirements, system, now = guide.load(), described(chosen.estate), datetime.now(timezone.utc)
    present = waivers.load(system.folder, requirements, now)
    applicable(chosen.requirement, requirements, system)
    fields = {key: getattr(chosen, key).strip() for key in ("requirement", "object", "reason", "approver")}
    fields |= {"created": now.date().isoformat(), "expiry": chosen.until}
    made = waivers.parse(fields, COMMAND_LINE)
    _refuse_if_useless(made, present, now)
    path = system.folder / "waivers.toml"
    kept.append(path, kept.entry("waiver", made.model_dump(mode="json")))
    sys.stdout.write(line(f"{short_path(path)}: {made.requirement} is waived for {made.object} until {made.expiry}") + "\n")
    return OK


def _refuse_if_useless(made: Waiver, present: waivers.Register, now: datetime) -> None:
    if not made.valid(now):
        raise ConfigurationError(COMMAND_LINE, "until", str(made.expiry), "is over already", "Name a day to come")
    for other in present.of(made.requirement):
        if other.object == made.object and other.valid(now) and other.expiry >= made.expiry:
            problem = f"is waived until {other.expiry} already, by {other.approver}"
            raise ConfigurationError(COMMAND_LINE, "object", made.object, problem, "Name a later day, or leave it")
