"""Forms of the admin: the page of a row, its fields, and how they are sent."""

import re

from django.urls import reverse

from tests.support.pages import FORM, Form, drawn_for


def page_of(row):
    """The address of the page that changes the row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def form_of(client, row):
    return Form(client.get(page_of(row)), action=None)


def send(client, row, form, **changes):
    """Sends the form with some fields changed; None leaves one out."""
    for name, value in changes.items():
        if value is None:
            form.fields.pop(name, None)
        else:
            form.fields[name] = str(value)
    return client.post(page_of(row), form.fields.urlencode(), content_type=FORM)


def inline_prefix(form, prefix, row):
    """The prefix of the inline row that shows this row."""
    return next(
        name.removesuffix("-id")
        for name, value in form.fields.items()
        if name.startswith(f"{prefix}-") and name.endswith("-id") and value == str(row.pk)
    )


def add_inline_row(form, prefix, **values):
    number = int(form.fields[f"{prefix}-TOTAL_FORMS"])
    form.fields[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
    for name, value in values.items():
        form.fields[f"{prefix}-{number}-{name}"] = str(value)


def add_process(client, name="Tenders", stages=("Bid",)):
    """A process with stages, by the form of the designer."""
    address = reverse("admin:stages_process_add")
    form = Form(client.get(address), action=None)
    form.fields["name_en"] = name
    for number, each in enumerate(stages):
        add_inline_row(form, "stages", name_en=each, order=str(number), probability="10")
    return client.post(address, dict(form.fields.items()))


def listed(opportunity):
    """The hidden fields of the list for this opportunity."""
    now = drawn_for(opportunity)
    return {f"stage-{opportunity.pk}": now["from_stage"], f"version-{opportunity.pk}": now["page_version"]}


def act(client, action, *opportunities, **more):
    """Chooses these opportunities in the current list and runs the action."""
    drawn = {name: value for opportunity in opportunities for name, value in listed(opportunity).items()}
    data = {
        "action": action,
        "_selected_action": [opportunity.pk for opportunity in opportunities],
        "index": "0",
        **drawn,
        **more,
    }
    return client.post(reverse("admin:opportunities_opportunity_changelist"), data, follow=True).content.decode()


def use_for_new_opportunities(client, process):
    """The posted fields of the action “Use for new opportunities” on the current list."""
    shown = re.search(r'name="default_shown" value="([0-9]+)"', client.get("/admin/stages/process/").content.decode())
    return {
        "action": "use_for_new_opportunities",
        "_selected_action": process.pk,
        "index": "0",
        "default_shown": shown[1],
    }
