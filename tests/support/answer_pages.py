"""The page of an opportunity whose answers save themselves, and what an answer is answered."""

from django.urls import reverse

from tests.support.factories import stage, step
from tests.support.pages import FORM, Form


class Page:
    """The opportunity page of one person, opened once. `fields` are those of its panel, as a browser sends them."""

    def __init__(self, client, opportunity, of=None):
        query = {"stage": stage(of).pk} if of else {}
        self.client, self.opportunity = client, opportunity
        answer = client.get(opportunity.get_absolute_url(), query)
        self.fields = Form(answer, reverse("save", args=[opportunity.pk])).fields

    def answer(self, name, value=None, **more):
        """Give the answer to a step; None takes a tick off."""
        if value is None:
            self.fields.pop(name, None)
        else:
            self.fields[name] = value
        return self.send("answer", step(name).pk, **more)

    def save(self, **more):
        """Press Save, as without JavaScript."""
        return self.send("save", **more)

    def send(self, view, *of, **more):
        sent = self.fields.copy()
        for name, value in more.items():
            sent[name] = value
        url = reverse(view, args=[self.opportunity.pk, *of])
        return self.client.post(url, sent.urlencode(), content_type=FORM)


def text_of(answer):
    return " ".join(answer.content.decode().split())
