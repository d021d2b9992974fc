"""The rows that the corruptions break: opportunities with different histories, and others."""

import io
from decimal import Decimal

from PIL import Image

from opportunities import merging, targets, transitions
from opportunities.activities import reminders
from opportunities.customers.models import Competitor
from opportunities.imports import approvals
from opportunities.models import HandOver
from salesflow.mail import delivery
from salesflow.users.models import Absence
from tests.support import factories, imports
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    HOUR,
    NOW,
    PROPOSE,
    QUALIFY,
    STAGES,
    TODAY,
    reason,
    reread,
    stage,
    step,
)
from tests.support.moves import approve_waiver, ask_for_waiver, decline_waiver, withdraw_waiver


def ids_of_rows(cast):
    """Ids by name: of opportunities with different histories, and of the other rows that the SQL names."""
    rep, colleague, manager = cast["rep"], cast["colleague"], cast["manager"]
    tenders = factories.add_process("Tenders", "Read")
    develop = factories.opportunity_in(DEVELOP, owner=rep)
    held = factories.opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=held, by=rep, at=NOW + HOUR, reason="They are on holiday.")
    resumed = factories.opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=resumed, by=rep, at=NOW + HOUR, reason="They are on holiday.")
    transitions.resume(opportunity=resumed, by=rep, at=NOW + DAY)
    waived = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    transitions.waive(opportunity=waived, by=manager, at=NOW + HOUR, step=step("customer_need"), reason="Small.")
    transitions.advance(opportunity=reread(waived), by=rep, at=NOW + DAY)
    won, lost = factories.won_opportunity(owner=rep), factories.ready_opportunity(CLOSE, owner=rep)
    planned = factories.opportunity_in(QUALIFY, owner=rep)
    factories.complete(factories.plan(planned, text="Done", due=TODAY), at=NOW + HOUR)
    factories.plan(planned, text="Open", due=TODAY, at=NOW + DAY)
    noted = factories.opportunity_in(QUALIFY, owner=rep)
    factories.write_note(noted, at=NOW + HOUR)
    told = factories.opportunity_in(QUALIFY, owner=rep)
    factories.file_debrief(told, at=NOW + HOUR, price_gap=8)
    attended = factories.ContactFactory()
    factories.present(told, at=NOW + HOUR, attendees=[attended])
    shown, unread = (factories.opportunity_in(QUALIFY, owner=rep) for _ in range(2))
    factories.add_preview(factories.upload(shown, at=NOW + HOUR), content=picture(64, 48))
    factories.upload(unread, at=NOW + HOUR)
    reminders.make_calendar(rep)
    factories.write_mail(develop, at=NOW + HOUR)
    delivery.deliver_due(clock=lambda: NOW + HOUR)
    closed = factories.ready_opportunity(CLOSE, owner=rep)
    factories.plan(closed, text="Dropped", due=TODAY)
    factories.lose(reread(closed), at=NOW + HOUR)
    factories.edit(lost, thank_you_sent=False)
    factories.ask(reread(lost), by=rep, at=NOW + HOUR, description="They do not answer.")
    factories.edit(reread(lost), at=NOW + HOUR, thank_you_sent=True)
    rival = factories.CompetitorFactory()
    factories.lose(reread(lost), by=manager, at=NOW + DAY, reason=reason("out_sold"), competitor=rival)
    asked = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(asked, by=rep, at=NOW + HOUR, description="They do not answer.")
    declined = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(declined, by=rep, at=NOW + HOUR, description="They do not answer.")
    transitions.decline_close_request(opportunity=reread(declined), by=manager, at=NOW + DAY, answer="Call them.")
    taken_back = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(taken_back, by=rep, at=NOW + HOUR, description="They do not answer.")
    transitions.take_back_close_request(opportunity=reread(taken_back), by=rep, at=NOW + DAY)
    sold = factories.opportunity_in(QUALIFY, owner=rep)
    factories.ask(sold, by=rep, reason=reason("out_sold"), competitor=factories.CompetitorFactory())
    dropped = factories.opportunity_in(QUALIFY, owner=rep)
    ask_for_waiver(dropped, "estimated_budget")
    factories.lose(dropped, by=manager, at=NOW + HOUR, waive_because="They do not answer.")
    reopened = factories.won_opportunity(owner=rep)
    transitions.reopen(opportunity=reopened, by=rep, at=NOW + DAY, reason="They called.", to_stage=stage(DEVELOP))
    back = factories.opportunity_in(PROPOSE, owner=rep)
    transitions.go_back(opportunity=back, by=rep, at=NOW + DAY)
    asking, unneeded, refused, agreed, withdrawn = (factories.opportunity_in(DEVELOP, owner=rep) for _ in range(5))
    for each in (asking, unneeded, refused, agreed, withdrawn):
        ask_for_waiver(each, "customer_need", at=NOW + HOUR)
    factories.edit(unneeded, customer_need="Trucks", at=NOW + DAY)
    decline_waiver(refused, "customer_need", by=manager, at=NOW + DAY, answer="Ask them.")
    approve_waiver(agreed, "customer_need", by=manager, at=NOW + DAY)
    approve_waiver(withdrawn, "customer_need", by=manager, at=NOW + DAY)
    withdraw_waiver(withdrawn, "customer_need", by=manager, at=NOW + 2 * DAY)
    renewal = transitions.copy(opportunity=reread(won), by=rep, at=NOW + DAY, name="Renewal", renewed_after=12)
    last = factories.opportunity_in(DEVELOP, owner=rep, name="Last")
    past = {"created_at": NOW - 90 * DAY, "stage": stage(DEVELOP), "stage_entered_at": NOW - 30 * DAY}
    arrival = transitions.Arrival("Imported", rep, **past)
    imported = transitions.bring_in(by=manager, at=NOW, arrival=arrival, keep=True)
    _import(rep, manager)
    rated = factories.opportunity_in(QUALIFY, owner=rep)
    factories.finish_bulk_run(factories.bulk_run_of(rep, rated, at=NOW + HOUR), at=NOW + HOUR, choice="hot")
    stays, goes = factories.CompetitorFactory(), factories.CompetitorFactory()
    merging.merge(Competitor, survivor=stays.pk, gone=goes.pk, by=manager, at=NOW)
    targets.set_amounts(rep, {TODAY.replace(day=1): Decimal(100_000)}, version=0, by=manager, at=NOW)
    top = factories.UnitFactory(name="Top")
    unit = factories.UnitFactory(name="Below", parent=top)
    Absence.objects.create(person=rep, deputy=colleague, set_by=manager, first_day=TODAY, last_day=TODAY)
    mark = {"kind": "opportunity", "pk": won.pk, "version": 1, "outcome": "closed"}
    HandOver.objects.create(giver=rep, taker=colleague, by=manager, at=NOW, rows=[mark])
    opportunities = {"develop": develop, "held": held, "resumed": resumed, "waived": waived, "won": won, "lost": lost}
    opportunities |= {"asked": asked, "dropped": dropped, "reopened": reopened, "back": back}
    opportunities |= {"taken_back": taken_back, "sold": sold, "imported": imported}
    opportunities |= {"asking": asking, "unneeded": unneeded, "refused": refused, "agreed": agreed}
    opportunities |= {"withdrawn": withdrawn, "declined": declined, "planned": planned, "closed": closed, "last": last}
    opportunities |= {"told": told, "noted": noted, "renewal": renewal, "shown": shown, "unread": unread}
    named = {f"stage_{name.lower()}": stage(name).pk for name in STAGES}
    named |= {"stage_elsewhere": tenders.stages.get().pk, "tenders": tenders.pk, "step": step("debrief_filed").pk}
    named |= {
        "unit": unit.pk,
        "attended": attended.pk,
        "rep": rep.pk,
        "colleague": colleague.pk,
        "canceled": reason("canceled").pk,
        "won_reason": reason("won").pk,
    }
    named |= {"contact": factories.ContactFactory(name="Elsewhere").pk, "rival": factories.CompetitorFactory().pk}
    return {name: opportunity.pk for name, opportunity in opportunities.items()} | named


def picture(width, height):
    written = io.BytesIO()
    Image.new("RGB", (width, height)).save(written, "PNG")
    return written.getvalue()


def _import(rep, manager):
    """An import with an opportunity that a manager moved to the stage of the file, and one that was refused."""
    deals = imports.table(["A1", "Salt", PROPOSE, "2026-01-12", ""], ["A2", "", QUALIFY, "2026-01-12", ""])
    run = imports.done(rep, deals, keeps="asked")
    imports.act(approvals.approve(run, by=manager, at=NOW + HOUR), at=NOW + HOUR)
