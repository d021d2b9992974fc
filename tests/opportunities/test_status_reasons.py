"""The status reasons that ship, and how they are installed beside those that managers have added."""

import pytest

from opportunities import status_reasons
from opportunities.models import StatusReason

pytestmark = pytest.mark.django_db

SIX = {
    "price": ("Price", "Pris"),
    "timing": ("Timing", "Tidspunkt"),
    "no_budget": ("No budget", "Ikke budsjett"),
    "no_decision": ("No decision", "Ingen beslutning"),
    "no_fit": ("No fit", "Passer ikke"),
    "went_quiet": ("Went quiet", "Svarer ikke"),
}


def lost():
    return list(StatusReason.objects.filter(status="lost").values_list("key", flat=True))


def test_six_reasons_for_lost_ship_between_out_sold_and_canceled():
    assert lost() == ["out_sold", *SIX, "canceled"]
    names = {row.key: (row.name_en, row.name_nb) for row in StatusReason.objects.filter(key__in=SIX)}
    assert names == SIX


def test_installing_again_adds_nothing():
    before = list(StatusReason.objects.values())

    status_reasons.install(StatusReason)

    assert list(StatusReason.objects.values()) == before


@pytest.mark.parametrize(("name_en", "name_nb"), [("price", ""), ("Too dear", "PRIS"), (" Price ", "Prisen")])
def test_a_reason_of_the_same_name_that_a_manager_has_added_takes_the_place_of_the_shipped_one(name_en, name_nb):
    StatusReason.objects.filter(key="price").delete()
    added = StatusReason.objects.create(status="lost", name_en=name_en, name_nb=name_nb, order=7, is_archived=True)

    status_reasons.install(StatusReason)

    kept = StatusReason.objects.get(key="price")
    assert (kept.pk, kept.name_en, kept.name_nb, kept.is_archived) == (added.pk, name_en, name_nb, True)


def test_a_reason_of_the_same_name_for_another_status_is_left_alone():
    StatusReason.objects.filter(key="timing").delete()
    StatusReason.objects.create(status="won", name_en="Timing")

    status_reasons.install(StatusReason)

    assert StatusReason.objects.get(key="timing").status == "lost"
    assert StatusReason.objects.filter(name_en="Timing").count() == 2
