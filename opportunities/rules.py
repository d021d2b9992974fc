"""What no write may do to an opportunity (process.md §3), and what follows from one by itself.

`editing` applies them all on leaving its block; nobody else needs to. Each refusal stands beside its rule.
"""

from collections.abc import Iterable
from typing import cast

from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opportunities import access
from opportunities.differences import People
from opportunities.models import Contact, Opportunity
from opportunities.standing import Standing
from salesflow import plain
from salesflow.users.models import User
from stages import gates, subject


class MoveRefused(Exception):
    """Nothing was written. The text is a sentence for the person who tried.

    `field` names the field it is about, if one; `unmet` lists the steps that are missing, if any.
    """

    field: str | None = None
    unmet: "list[gates.Unmet]"

    def __init__(self, sentence: str, *, field: str | None = None, unmet: Iterable[gates.Unmet] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.unmet = list(unmet)


class InvalidEntry(MoveRefused):
    """A value that its field does not take. `errors` has the sentences by field."""

    def __init__(self, error: ValidationError) -> None:
        self.errors: dict[str, list[str]] = error.message_dict
        field, sentences = next(iter(self.errors.items()))
        label = Opportunity._meta.get_field(field).verbose_name  # type: ignore[union-attr]
        super().__init__(f"{str(label).capitalize()}: {' '.join(sentences)}", field=field)


def refuse_invalid_values(record: Opportunity, changed: Iterable[str]) -> None:
    changed = set(changed)
    unchanged = {field.name for field in Opportunity._meta.concrete_fields} - changed
    try:
        record.clean_fields(exclude=unchanged)
        refuse_texts(record, changed)
        if "name" in changed and not gates.is_filled(record.name):
            raise ValidationError({"name": _("This field cannot be blank.")})
    except ValidationError as error:
        raise InvalidEntry(error) from error


def refuse_texts(record: Opportunity, changed: Iterable[str]) -> None:
    """Raise ValidationError for a text that misleads, cannot be stored, or is too long (which no database minds)."""
    for name in changed:
        column, text = Opportunity._meta.get_field(name), getattr(record, name)
        if not isinstance(text, str):
            continue
        try:
            (plain.refuse_unsafe_lines if isinstance(column, models.TextField) else plain.refuse_unsafe)(text)
            validators.MaxLengthValidator(column.max_length or len(text))(text)  # type: ignore[union-attr]
        except ValidationError as error:
            raise ValidationError({name: error}) from error


class NotAllowed(MoveRefused):
    """The person's role, or part in this opportunity, does not allow it."""


def refuse_strangers(by: User, record: Opportunity) -> None:
    if not access.may_edit(by, record):
        raise NotAllowed(_("Only the owner, the sales team and managers may change this opportunity."))


def refuse_changed_lead(by: User, before: Opportunity, team_changed: bool, owner_changed: bool) -> None:
    """Team and owner are changed by the owner and by managers only."""
    if (team_changed or owner_changed) and not access.may_lead(by, before):
        raise NotAllowed(_("Only the owner and managers may change the owner and the sales team."))


def refuse_colleagues_without_role(before: Opportunity, record: Opportunity, people: People, after: People) -> None:
    """The owner, and whoever joins the team, has a role and an account that is in use."""
    already = {row.user_id for row in people["team_member"].values()}  # type: ignore[union-attr]
    newcomers = [row.user for row in after["team_member"].values() if row.user_id not in already]  # type: ignore[union-attr]
    if record.owner_id != before.owner_id:
        newcomers.append(record.owner)
    for user in newcomers:
        if user.pk == before.owner_id:
            user = before.owner  # as `follow_owner` has read them, who may be disabled meanwhile
        if not access.may_own(user):
            raise NotAllowed(_("%(person)s has no role here.") % {"person": user}, field="owner")


class ContactStays(MoveRefused):
    """The deal's contact is one of its stakeholders."""


def refuse_contact_without_stake(record: Opportunity, after: People) -> None:
    if not record.contact_id:
        return
    if all(row.contact_id != record.contact_id for row in after["stakeholder"].values()):  # type: ignore[union-attr]
        raise ContactStays(
            _("%(contact)s is the contact of this opportunity. Change the contact before you remove the stakeholder.")
            % {"contact": record.contact},
            field="contact",
        )


class CompetitorsKnown(MoveRefused):
    """“No known competitors” cannot be said of an opportunity that has some."""


def refuse_contradicting_competitors(record: Opportunity) -> None:
    if record.no_known_competitors and record.competitor_count:
        raise CompetitorsKnown(
            _("There are competitors on this opportunity. Remove them before you say that there are none."),
            field="no_known_competitors",
        )


class EvidenceMissing(MoveRefused):
    """A tick was set before what it rests on was there."""


def refuse_ticks_without_evidence(before: Opportunity | None, record: Opportunity, standing: Standing) -> None:
    for stage in standing.stages:
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
    known = subject.vocabulary.fields.get(field)
    return known is not None and known.kind is subject.Kind.TICK and bool(getattr(record, field))


class PassedGate(MoveRefused):
    """The write would undo what a stage already passed asks for."""


def refuse_opening_passed_gates(before: Opportunity, record: Opportunity, standing: Standing) -> None:
    """A passed gate keeps holding: what was met behind it stays met. What was unmet before blocks no edit."""
    unmet_before = {missing.step.pk for missing in standing.unmet(standing.passed, before)}
    undone = [missing for missing in standing.unmet(standing.passed, record) if missing.step.pk not in unmet_before]
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
    """The steps by name, as a reader would list them: “a, b and c”."""
    return get_text_list([missing.step.name for missing in unmet], _("and"))


def follow_contact(before: Opportunity | None, record: Opportunity) -> None:
    """A contact that was chosen becomes a stakeholder, and brings the account when there is none."""
    if record.contact_id is None or (before and before.contact_id == record.contact_id):
        return
    contact = cast(Contact, record.contact)
    record.stakeholders.get_or_create(contact=contact)
    if record.account_id is None:
        record.account = contact.account


def follow_owner(before: Opportunity | None, record: Opportunity, *, leaves: bool) -> None:
    """Whoever owned the opportunity stays on its team when it is given away, or leaves it."""
    if before is None or before.owner_id == record.owner_id:
        return
    if leaves:
        for member in record.team_members.filter(user=before.owner_id):
            member.delete()
    elif access.may_own(before.owner):
        record.team_members.get_or_create(user=before.owner)


def follow_competitors(before: Opportunity | None, record: Opportunity) -> None:
    """A competitor that turns up takes back “No known competitors”."""
    if before and record.competitor_count > before.competitor_count:
        record.no_known_competitors = False


def check(before: Opportunity | None, record: Opportunity, standing: Standing, people: People, after: People) -> None:
    """Refuse whatever this write may not do to the record, whoever makes it."""
    refuse_contact_without_stake(record, after)
    refuse_contradicting_competitors(record)
    refuse_ticks_without_evidence(before, record, standing)
    if before is not None:
        refuse_colleagues_without_role(before, record, people, after)
        refuse_opening_passed_gates(before, record, standing)
