"""The rules for each write (process.md §3): `refuse_…` refuses a write, `follow_…` adds what follows from it.

`editing` applies all of them when its block ends. Each refusal is beside its rule.
"""

from collections.abc import Iterable
from typing import cast

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import access
from opportunities.customers.models import Contact
from opportunities.editing import answers, children
from opportunities.editing.changes import ChildRows
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.refusals import NotAllowed, Refused
from salesflow.users.models import User
from stages import gates, vocabulary


class InvalidEntry(Refused):
    """A value is not valid for its field, of the opportunity or of `table`. `errors` has the sentences by field."""

    code = "invalid_entry"

    def __init__(self, error: ValidationError, table: str = "") -> None:
        self.errors: dict[str, list[str]] = error.message_dict
        field, sentences = next(iter(self.errors.items()))
        super().__init__(f"{answers.of(field, table).label.capitalize()}: {' '.join(sentences)}", field=field)


def refuse_invalid_values(record: Opportunity, changed: Iterable[str]) -> None:
    names, errors = set(changed), {}
    for answer in answers.EDITABLE:
        if answer.name in names:
            try:
                answer.clean(record)
            except ValidationError as error:
                errors[answer.name] = error
    if errors:
        raise InvalidEntry(ValidationError(errors))


def refuse_no_right_to_edit(by: User, record: Opportunity) -> None:
    if not access.may_edit(by, record):
        raise NotAllowed(_("Only the owner, the sales team and managers may change this opportunity."))


def refuse_reader(by: User) -> None:
    """Refuses a person whose role only reads. No query."""
    if not access.may_write(by):
        raise NotAllowed(_("You can read this opportunity, but not change it."))


def refuse_changed_lead(by: User, before: Opportunity, team_changed: bool, owner_changed: bool) -> None:
    """Only the owner and managers may change the team and the owner."""
    if (team_changed or owner_changed) and not access.may_lead(by, before):
        raise NotAllowed(_("Only the owner and managers may change the owner and the sales team."))


def refuse_colleagues_without_role(before: Opportunity, record: Opportunity, rows: ChildRows) -> None:
    """A new owner and new team members need a role and an active account. The role of an owner is not read only."""
    for user in rows.newcomers(children.TEAM_MEMBER):
        if user.pk == before.owner_id:
            user = before.owner  # `follow_owner` read this row before; the account may have been disabled since
        refuse_without_role(user)
    if record.owner_id != before.owner_id:
        _refuse_owner(record.owner)


def refuse_without_role(user: User) -> None:
    """Refuses a person who may not be on a sales team."""
    if not access.may_join(user):
        raise NotAllowed(_("%(person)s has no role here.") % {"person": user}, field="owner")


def _refuse_owner(user: User) -> None:
    """Refuses a person who may not own an opportunity."""
    if access.may_own(user):
        return
    said = _("%(person)s may only read.") if access.may_join(user) else _("%(person)s has no role here.")
    raise NotAllowed(said % {"person": user}, field="owner")


class ContactStays(Refused):
    """The write would remove the contact of the opportunity from its stakeholders."""

    code = "contact_stays"


def refuse_contact_without_stake(record: Opportunity, rows: ChildRows) -> None:
    """Checks only a write to stakeholders: `follow_contact` adds a new contact to them."""
    if not record.contact_id or not rows.is_touched(children.STAKEHOLDER):
        return
    if all(row.contact_id != record.contact_id for row in rows.now(children.STAKEHOLDER).values()):
        raise ContactStays(
            _("%(contact)s is the contact of this opportunity. Change the contact before you remove the stakeholder.")
            % {"contact": record.contact},
            field="contact",
        )


class CompetitorsKnown(Refused):
    """`no_known_competitors` was set on an opportunity with competitors."""

    code = "competitors_known"


def refuse_contradicting_competitors(record: Opportunity) -> None:
    if record.no_known_competitors and record.competitor_count:
        raise CompetitorsKnown(
            _("There are competitors on this opportunity. Remove them before you say that there are none."),
            field="no_known_competitors",
        )


class EvidenceMissing(Refused):
    """A tick was set without its evidence."""

    code = "evidence_missing"


def refuse_ticks_without_evidence(before: Opportunity | None, record: Opportunity, progress: Progress) -> None:
    for stage in progress.stages:
        for step in gates.steps_in_use(stage):
            turned_on = _ticked(step.field, record) and not (before and _ticked(step.field, before))
            why = gates.why_unmet(step, record) if turned_on else None
            if why is not None:
                unmet = gates.Unmet(stage, step, why)
                sentence = _("“%(step)s” cannot be marked complete: %(missing)s.")
                raise EvidenceMissing(
                    sentence % {"step": step.name, "missing": unmet.sentence}, field=step.field, unmet=[unmet]
                )


def _ticked(field: str, record: Opportunity) -> bool:
    if field not in vocabulary.fields():
        return False
    answer = answers.of(field)
    return answer.control == "tick" and answer.is_given(record)


class PassedGate(Refused):
    """The write would make a required step of a passed stage unmet."""

    code = "passed_gate"


class ClosedWithIt(Refused):
    """The write would make a step unmet with which the opportunity was closed."""

    code = "closed_with_it"


def refuse_opening_passed_gates(before: Opportunity, record: Opportunity, progress: Progress) -> None:
    """Refuses a write after which a met step of a passed stage is unmet. A step that was unmet before is ignored.

    A closed opportunity keeps the steps of every stage. A reopening keeps none: it is not gated.
    """
    if record.is_open and not before.is_open:
        return
    kept = progress.passed if record.is_open else progress.stages
    unmet_before = {missing.step.pk for missing in progress.unmet(kept, before)}
    undone = [missing for missing in progress.unmet(kept, record) if missing.step.pk not in unmet_before]
    if undone and not before.is_open:
        raise ClosedWithIt(
            _("The opportunity was closed with %(steps)s complete, which needs this. Reopen it to change it.")
            % {"steps": listed(undone)},
            unmet=undone,
        )
    if undone:
        stage = undone[0].stage
        sentence = ngettext(
            "%(stage)s has been passed and needs %(steps)s. Go back to %(stage)s first to change it.",
            "%(stage)s has been passed and needs %(steps)s. Go back to %(stage)s first to change them.",
            len(undone),
        )
        raise PassedGate(
            sentence % {"stage": stage.name, "steps": listed(undone)}, field=undone[0].step.field, unmet=undone
        )


def listed(unmet: Iterable[gates.Unmet]) -> str:
    """The names of the steps in a sentence: “a, b and c”."""
    return get_text_list([missing.step.name for missing in unmet], _("and"))


def follow_contact(before: Opportunity | None, record: Opportunity, rows: ChildRows) -> None:
    """A new contact becomes a stakeholder. Its account becomes that of an opportunity without one."""
    if record.contact_id is None or (before and before.contact_id == record.contact_id):
        return
    contact = cast(Contact, record.contact)
    if all(row.contact_id != contact.pk for row in rows.present(children.STAKEHOLDER).values()):
        record.stakeholders.create(contact=contact)
    if record.account_id is None:
        record.account = contact.account


def follow_owner(before: Opportunity | None, record: Opportunity, *, leaves: bool) -> None:
    """The former owner joins the sales team, or leaves it if `leaves`."""
    if before is None or before.owner_id == record.owner_id:
        return
    if leaves:
        for member in record.team_members.filter(user=before.owner_id):
            member.delete()
    elif access.may_join(before.owner):
        record.team_members.get_or_create(user=before.owner)


def follow_competitors(before: Opportunity | None, record: Opportunity) -> None:
    """Adding a competitor clears `no_known_competitors`."""
    if before and record.competitor_count > before.competitor_count:
        record.no_known_competitors = False


def refuse_forbidden(before: Opportunity | None, record: Opportunity, progress: Progress, rows: ChildRows) -> None:
    """Applies all rules that refuse the new state of the record."""
    refuse_contact_without_stake(record, rows)
    refuse_contradicting_competitors(record)
    refuse_ticks_without_evidence(before, record, progress)
    if before is not None:
        refuse_colleagues_without_role(before, record, rows)
        refuse_opening_passed_gates(before, record, progress)
