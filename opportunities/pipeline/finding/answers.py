"""What quick find answers: opportunities, customers, pages and actions, in groups."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import access, pages
from opportunities.customers.models import Account, Contact
from opportunities.forms.picker.kinds import KINDS
from opportunities.models import LastLook, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pages import PageLink
from opportunities.pipeline import conditions
from opportunities.pipeline.finding import actions
from salesflow import folding
from salesflow.users.models import User

MOST_ANSWERS = 6
"""The answers of one group; of the opportunities that were opened last, too."""

SHOWN = (  # with what the small track needs
    *("name", "status", "account__name", "active_stage__name_en", "active_stage__name_nb"),
    *(
        "is_finished",
        "is_ready",
        "steps_met",
        "steps_waived",
        "steps_required",
        "missing_behind",
    ),
)
CUSTOMERS = {"account": _("Accounts"), "contact": _("Contacts"), "competitor": _("Competitors")}


@dataclass(frozen=True)
class FoundLink:
    """One link, with a second line that tells it from others of the same name."""

    name: str | Promise
    address: str
    detail: str = ""
    also: str | Promise = ""
    """Other words by which it is found."""
    opportunity: Opportunity | None = None
    """The opportunity to which it leads, whose track is drawn."""


@dataclass(frozen=True)
class FoundGroup:
    title: str | Promise
    answers: list[FoundLink] = field(default_factory=list)


def groups(user: User, text: str, opportunity: Opportunity | None) -> list[FoundGroup]:
    """The groups with answers for this text, for a user who is looking at `opportunity`, if at one.

    Without a text: what can be done with that opportunity, and the opportunities that the user opened last.
    """
    words = folding.words(text)
    found = _for_words(user, text, words, opportunity) if words else _for_nothing(user, opportunity)
    return [group for group in found if group.answers]


def _for_nothing(user: User, opportunity: Opportunity | None) -> Iterator[FoundGroup]:
    yield _actions(user, opportunity, [])
    yield FoundGroup(_("Opened last"), [_answer(row) for row in opened_last(user) if row != opportunity])


def _for_words(user: User, text: str, words: list[str], opportunity: Opportunity | None) -> Iterator[FoundGroup]:
    yield _actions(user, opportunity, words)
    yield FoundGroup(_("Opportunities"), [_answer(row) for row in opportunities(user, text)])
    if access.may_read_customers(user):
        for kind, title in CUSTOMERS.items():
            yield FoundGroup(title, [_customer(kind, row) for row in customers(kind, text)])
    yield FoundGroup(_("Pages"), _links(pages.of(user, pages.EVERY), words))


def opportunities(user: User, text: str) -> list[Opportunity]:
    """Those whose name, or that of their account, has all words: open ones first, each the last changed first."""
    found = _shown(Opportunity.objects.matching(conditions.of_text(text))).order_by("-modified_at", "-pk")
    is_open = Q(status=Opportunity.Status.OPEN)
    rows = list(found.filter(is_open).visible_to(user)[:MOST_ANSWERS])
    if len(rows) < MOST_ANSWERS:
        rows += found.exclude(is_open).visible_to(user)[: MOST_ANSWERS - len(rows)]
    return rows


def opened_last(user: User) -> list[Opportunity]:
    """The opportunities that the user has opened last and may still see."""
    looks = LastLook.objects.filter(user=user, seen_at__isnull=False).order_by("-seen_at", "-pk")
    seen = access.of_visible(looks, user).values_list("opportunity", flat=True)[:MOST_ANSWERS]
    rows = _shown(Opportunity.objects.all()).in_bulk(list(seen))
    return [rows[pk] for pk in seen if pk in rows]


def customers(kind: str, text: str) -> list[Any]:
    """The customers whose names have all words, or whose number or e-mail address is this text."""
    picker = KINDS[kind]
    rows = [*_of_number(picker.rows(), text), *picker.find(picker.rows(), text)]
    return list(dict.fromkeys(rows))[:MOST_ANSWERS]


def _of_number(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The accounts with this organisation number, and the contacts with this e-mail address."""
    if rows.model is Account:
        number = "".join(text.split())
        return rows.filter(organisation_number=number)[:MOST_ANSWERS] if number.isalnum() else rows.none()
    if rows.model is Contact and "@" in text:
        return rows.alias(address=Lower("email")).filter(address=text.strip().lower())[:MOST_ANSWERS]
    return rows.none()


def _shown(rows: OpportunityQuerySet) -> OpportunityQuerySet:
    return rows.select_related("account", "active_stage").only(*SHOWN)


def _answer(row: Opportunity) -> FoundLink:
    place = row.active_stage.name if row.is_open else row.get_status_display()
    return FoundLink(row.name, row.get_absolute_url(), _line(row.account, place), opportunity=row)


def _customer(kind: str, row: Any) -> FoundLink:
    return FoundLink(row.name, row.get_absolute_url(), KINDS[kind].detail(row))


def _line(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)


def _actions(user: User, opportunity: Opportunity | None, words: list[str]) -> FoundGroup:
    """What can be done; of an opportunity, without a text, only what is needed most."""
    new = _links(pages.of(user, (pages.NEW_OPPORTUNITY,)), words)
    if opportunity is None:
        return FoundGroup(_("Actions"), new)
    of_this = [FoundLink(each.label, each.address, also=each.also) for each in actions.of(opportunity, user)]
    title = gettext("Actions: %(opportunity)s") % {"opportunity": opportunity.name}
    return FoundGroup(title, [*_matching(of_this, words)[:MOST_ANSWERS], *(new if words else ())])


def _links(links: Iterable[PageLink], words: list[str]) -> list[FoundLink]:
    return _matching([FoundLink(each.label, each.address) for each in links], words)


def _matching(answers: Iterable[FoundLink], words: list[str]) -> list[FoundLink]:
    """The answers that have, for each of these, a word that begins with it."""
    return [each for each in answers if all(_begins(word, f"{each.name} {each.also}") for word in words)]


def _begins(word: str, text: str) -> bool:
    return any(part.startswith(word) for part in folding.folded(text).split())
