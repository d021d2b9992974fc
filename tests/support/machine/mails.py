"""The operation that sends a mail to a person of an opportunity."""

import copy

from hypothesis import strategies as st

from salesflow import once
from tests.support.machine.choices import ages, users, versions, which
from tests.support.machine.core import FUTURE_VERSION, Machine, operation
from tests.support.machine.names import CONTACTS, address_of
from tests.support.reference_model import RefusedByModel

THANK_YOU = "thank_you_sent"


class Mails(Machine):
    """Sends mails."""

    @operation(
        6,
        which=which,
        who=st.one_of(users, st.just("root")),
        is_open=st.booleans(),
        contact=st.sampled_from([*CONTACTS, *CONTACTS, None]),
        seen_address=st.sampled_from(["now", "now", "now", "", "old@example.com"]),
        text=st.sampled_from(["Thank you.", "Thank you.", "Thank you.", ""]),
        completes=st.booleans(),
        at_step=st.sampled_from([True, True, False]),
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def send_mail(
        self, which, who, is_open, contact, seen_address, text, completes, at_step, age, version, is_sent_twice
    ):
        """Any mail, or that of the step “Send thank you”, perhaps by the button that marks it complete, too."""
        completes = completes and at_step
        number = self.pick(which, is_open=is_open)
        who, page = self.person(who, number), self.page(number, age)
        address = self.addresses.get(contact, "")
        shown = address if seen_address == "now" else seen_address

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if contact is None:
                raise RefusedByModel("Incomplete")
            if not text:
                raise RefusedByModel("Invalid")
            if completes:
                trial.require_open(actor)
            if who == "root":
                raise RefusedByModel("NoReplyAddress")
            trial.require_recipient(contact)
            if shown != address:
                raise RefusedByModel("AddressChanged")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            after = trial.write(actor, lambda each: each.fill_in({THANK_YOU: True}, seen)) if completes else trial
            after = copy.deepcopy(after)
            after.mails.append(contact)
            return after

        posted = {"subject": "Thank you", "text": text, "language": "en", "seen_address": shown}
        posted |= {"contact": str(self.data.contacts[contact].pk)} if contact else {}
        posted |= {"token": once.new_token(), "address": address_of(contact or "nobody")}
        posted |= self.version_field(page, version) | ({"also": "complete"} if completes else {})
        for_step = self.url("mail_write_for", number, self.data.steps[THANK_YOU])
        where = for_step if at_step else self.url("mail_write", number)
        answer = self.send(number, who, act, where, posted)
        if answer.status_code != 303:
            return
        self.addresses[contact] = address or address_of(contact)
        stored = self.data.contacts[contact]
        stored.refresh_from_db()
        assert stored.email == self.addresses[contact]
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})
