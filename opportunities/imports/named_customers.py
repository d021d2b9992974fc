"""The accounts, contacts and competitors that a row of a file names, found or created."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.imports import customer_rows
from opportunities.imports.context import Context
from opportunities.imports.history.kinds import EntryKind
from opportunities.imports.history.past_acts import HistoryEntry
from opportunities.transitions import ArrivingCompetitor, ArrivingStakeholder, EntryMissing
from salesflow.users.models import User


@dataclass
class NamedCustomers:
    """The rows that an opportunity names, and which of them its row has created."""

    account: Account | None = None
    contact: Contact | None = None
    competitors: tuple[ArrivingCompetitor, ...] = ()
    stakeholders: tuple[ArrivingStakeholder, ...] = ()
    rivals: dict[str, Competitor] = field(default_factory=dict)
    """The competitors by their names in the file."""
    new_account: Account | None = None
    new_contact: Contact | None = None
    also_created: dict[str, list[int]] = field(default_factory=dict)


# Found


def found(context: Context, values: Mapping[str, Any]) -> NamedCustomers:
    """Those that are there, for a preview: nothing is created. Refusals: Ambiguous, DataErased."""
    account = _look_up(context, Account, {"name": values.get("account")}, "account", values.get("account_id"))
    known: dict[str, Any] = {"name": values.get("contact"), "email": values.get("contact_email")}
    if account is not None or values.get("account"):
        known["account_id"] = customer_rows.NEW_ACCOUNT if account is None else account.pk
    return NamedCustomers(account, _look_up(context, Contact, known, _field_of(values), values.get("contact_id")))


def _look_up(context: Context, model: type[Any], given: Mapping[str, Any], field: str, external_id: Any) -> Any:
    known = {name: value for name, value in given.items() if value not in ("", None)}
    if not known.keys() - {"account_id"} and not external_id:
        return None
    key = (model, external_id, tuple(known.items()))
    return context.looked_up(key, lambda: _by_id(model, external_id) or customer_rows.found(model, known, field=field))


def _by_id(model: type[Any], external_id: Any) -> Any:
    return customer_rows.by_external_id(model, external_id) if external_id else None


def _field_of(values: Mapping[str, Any]) -> str:
    return "contact" if "contact" in values else "contact_email"


# Saved


def saved(
    context: Context, values: Mapping[str, Any], history: Iterable[HistoryEntry], at: datetime.datetime
) -> NamedCustomers:
    """Those that the row and its history name, found or created.

    Refusals: Ambiguous, DataErased, EntriesInvalid, EntryMissing.
    """
    saving = _Saving(context.by, at)
    saving.save_account(values)
    saving.save_contact(values)
    saving.save_competitors(values, history)
    saving.save_stakeholders(history)
    return saving.saved


@dataclass
class _Saving:
    by: User
    at: datetime.datetime
    saved: NamedCustomers = field(default_factory=NamedCustomers)

    def save_account(self, values: Mapping[str, Any]) -> None:
        if "account" in values or "account_id" in values:
            given = {"name": values.get("account")}
            self.saved.account, is_new = self._row(Account, given, "account", values.get("account_id"))
            self.saved.new_account = self.saved.account if is_new else None

    def save_contact(self, values: Mapping[str, Any]) -> None:
        given = {"name": values.get("contact"), "email": values.get("contact_email")}
        if any(given.values()) or "contact_id" in values:
            self.saved.contact, is_new = self._contact(given, _field_of(values), values.get("contact_id"))
            self.saved.new_contact = self.saved.contact if is_new else None

    def save_competitors(self, values: Mapping[str, Any], history: Iterable[HistoryEntry]) -> None:
        """In one order, so that two transactions do not wait for each other; the first one stays the first."""
        entries = {given["person"]: given for kind, given in history if kind is EntryKind.COMPETITOR}
        lost_to = [given["person"] for kind, given in history if kind is EntryKind.LOST and given["person"]]
        names = list(dict.fromkeys([*values.get("competitor", ()), *entries, *lost_to]))
        for name in sorted(names):
            self.saved.rivals[name], is_new = self._row(Competitor, {"name": name}, "competitor")
            self._remember(self.saved.rivals[name], is_new=is_new)
        self.saved.competitors = tuple(
            ArrivingCompetitor(
                self.saved.rivals[name],
                entries.get(name, {}).get("role") or "",
                entries.get(name, {}).get("text") or "",
            )
            for name in names
        )

    def save_stakeholders(self, history: Iterable[HistoryEntry]) -> None:
        for kind, given in history:
            if kind is EntryKind.STAKEHOLDER:
                self.saved.stakeholders += (self._stakeholder(given),)

    def _stakeholder(self, given: Mapping[str, Any]) -> ArrivingStakeholder:
        contact, is_new = self._contact(
            {"name": given["person"], "email": given["email"]}, "contact", given["person_id"]
        )
        self._remember(contact, is_new=is_new)
        more = {name: given[name] for name in ("attitude", "influence") if given[name]}
        return ArrivingStakeholder(contact, given["role"] or (), note=given["text"] or "", **more)

    def _contact(self, given: Mapping[str, Any], field: str, external_id: str | None) -> tuple[Contact, bool]:
        account = {"account": self.saved.account} if self.saved.account else {}
        return self._row(Contact, given, field, external_id, account)

    def _row(
        self,
        model: type[Any],
        given: Mapping[str, Any],
        field: str,
        external_id: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> tuple[Any, bool]:
        known = {name: value for name, value in given.items() if value}
        row = _by_id(model, external_id)
        if row is None and "name" not in known:
            row = customer_rows.found(model, known, field=field) if known else None
            if row is None:
                raise EntryMissing(_nameless(model, external_id), field=field)
        if row is not None:
            return row, False
        return customer_rows.found_or_created(model, {**known, **(more or {})}, field=field, by=self.by, at=self.at)

    def _remember(self, row: Any, *, is_new: bool) -> None:
        if is_new:
            self.saved.also_created.setdefault(str(row._meta.model_name), []).append(row.pk)


def _nameless(model: type[Any], external_id: str | None) -> str:
    """Why a row without a name is not found."""
    if model is Account:
        return _("No account has this external id. Add a column with the names.")
    if external_id:
        return _("No contact has this external id. Add a column with the names.")
    return _("No contact has this e-mail address. Add a column with the names.")
