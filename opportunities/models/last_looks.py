from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import Opportunity
from salesflow.write_guard import EVERY, Blocks, GuardedRow, GuardedRowQuerySet, UnguardedWrite

T = TypeVar("T", bound=models.Model)

LOOKING: Blocks[bool] = Blocks("opportunities_looking")
"""Allows writes of last looks. Only `editing.last_looks` opens a block."""


def _check() -> None:
    if EVERY not in LOOKING.allowed:
        raise UnguardedWrite("Only opportunities.editing.last_looks writes when a person last looked.")


class LastLookQuerySet(GuardedRowQuerySet[T]):
    def check_mass_write(self) -> None:
        _check()


class LastLook(GuardedRow):
    """The last version of an opportunity that a person has seen. What others wrote after it is news for that person.

    It is no part of the opportunity: writing it makes no version and no event. It is deleted with the opportunity.
    A person without a row has no news. `seen_at` is empty if the opportunity was given to the person, who has not
    looked at it yet.
    """

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="+", verbose_name=_("opportunity"))
    user = models.ForeignKey(  # the index of the constraint begins with it
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"), db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    seen_at = models.DateTimeField(_("seen"), null=True)

    objects = LastLookQuerySet["LastLook"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        user_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("last look")
        verbose_name_plural = _("last looks")
        constraints = [models.UniqueConstraint(fields=["user", "opportunity"], name="one_last_look_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.opportunity_id} at {self.version}"

    def check_write(self) -> None:
        _check()
