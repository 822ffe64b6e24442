"""The people to call: contacts.toml in the estate's folder, by the names that the guide gives them."""

from __future__ import annotations

from compliance.errors import ConfigurationError
from compliance.estate import Estate
from compliance.toml import Strict, entries_of, fit

AT_ANY_HOUR = "24/7 Support"


class Contact(Strict):
    """One contact as the list has it."""

    name: str
    phone: str | None = None
    email: str | None = None
    web: str | None = None

    def __str__(self) -> str:
        ways = [way for way in (self.phone, self.email, self.web) if way]
        return f"{self.name} {', '.join(ways) or '(no number, no address)'}"


def listed(estate: Estate) -> list[Contact]:
    """The estate's list of contacts; [] where it names none. Raises `ConfigurationError` when it cannot be read."""
    if estate.contacts is None:
        return []
    path = estate.folder / estate.contacts.file
    return [fit(Contact, entry, path, f"contact {number}") for number, entry in enumerate(entries_of(path, "contact", required=True), 1)]


def whom_to_call(estate: Estate, names: set[str]) -> dict[str, str]:
    """For each of these names whom to call, and who answers at any hour: name, number and address as the estate lists them.

    A list that cannot be read keeps nobody from being told: the name alone is left, and says so.
    """
    try:
        known, missing = {contact.name: str(contact) for contact in listed(estate)}, "not in the estate's contacts"
    except ConfigurationError:
        known, missing = {}, "the estate's contacts cannot be read: `python -m compliance check` says why"
    return {name: "; ".join(known.get(n, f"{n} ({missing})") for n in {name: 0, AT_ANY_HOUR: 0}) for name in names}
