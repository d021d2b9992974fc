"""The addresses of every page: ours by the resolver, and those of the admin by its registry."""

import re

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.forms.picker.kinds import KINDS
from opportunities.models import BulkRun, HandOver, Import, Opportunity, SavedMapping, SavedView
from opportunities.pipeline.lists.table import CHANGED_IN_PLACE
from opportunities.reports.every import REPORTS
from salesflow.users.models import Unit, User
from stages.models import Stage, Step

TABS = ("timeline", "stakeholders", "competitors", "team", "notes", "tasks", "files")
# Names at which a person who is signed in is shown no page: these only take posts, or lead to another page.
OF_NO_OPPORTUNITY = {
    *("account_login", "set_language", "set_theme", "set_start_page", "start"),
    *("set_digest", "make_calendar", "end_calendar", "news_seen", "board_changes", "view_choice"),
    *("opportunity_export", "full_export_download"),
    *("mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "end_sessions"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
}
# The same among the pages that show the state of an opportunity.
NO_STATE_PAGE = {"close_as_won", "close_as_lost"}
NO_PAGE = {
    *OF_NO_OPPORTUNITY,
    *("save", "advance", "finish", "go_back", "jump", "resume"),
    *("opportunity_changed", "opportunity_seen", "previous_opportunity", "next_opportunity"),
    *("answer", "add_evidence", "next_step", "next_step_postpone", "take_back_waiver_request"),
    *NO_STATE_PAGE,
    *("ask_manager", "approve_close_request", "decline_close_request", "take_back_close_request"),
    "task_done",
    "list_row",
    *("my_day_row", "day_postpone", "day_answer", "day_advance", "day_finish", "day_resume", "board_move"),
}
FILES = {"attachment_download", "attachment_preview", *(report.csv_name for report in REPORTS)}
"""The addresses of files, which are no pages."""
OF_AN_IMPORT = (
    *("import_run", "import_reading", "import_columns", "import_values", "import_history", "import_preview"),
    *("import_undo", "import_mapping_save"),
)
NOT_WITH_A_DEBRIEF = {"debrief_add"}
"""The page that files a debrief. Of an opportunity that has one it leads to that one."""
FOR_MANAGERS = {
    *("close_request", "waive", "approve_waiver_request", "decline_waiver_request", "withdraw_waiver"),
    *("account_merge", "contact_merge", "competitor_merge", "merge_page", "likely_duplicates"),
    *("privacy", "person", "person_erase", "person_review"),
    *("hand_over", "hand_over_from", "hand_over_report"),
    *("sales_targets", "person_targets", "unit_targets", "full_export"),
}
# The same in the admin. Who asks for the delete page of a row in use is sent back to it.
NO_PAGE_OF_THE_ADMIN = {
    "admin:admin_logentry_add",
    "admin:admin_logentry_delete",
    "admin:customers_account_simple_history",
    "admin:customers_competitor_simple_history",
    "admin:customers_contact_simple_history",
    "admin:opportunities_listexport_add",
    "admin:opportunities_mailtemplate_delete",
    "admin:opportunities_mailtemplate_simple_history",
    "admin:opportunities_opportunity_add",
    "admin:opportunities_statusreason_delete",
    "admin:opportunities_statusreason_simple_history",
    "admin:stages_pipelinephase_delete",
    "admin:stages_pipelinephase_simple_history",
    "admin:stages_process_delete",
    "admin:stages_process_simple_history",
    "admin:stages_stage_add",
    "admin:stages_stage_delete",
    "admin:stages_stage_simple_history",
    "admin:stages_step_add",
    "admin:stages_step_delete",
    "admin:stages_step_simple_history",
    "admin:users_unit_delete",
    "admin:users_user_delete",
}
FOR_SUPERUSERS = {
    "admin:customers_account_delete",
    "admin:customers_competitor_delete",
    "admin:customers_contact_delete",
    "admin:opportunities_opportunity_delete",
}
CELLS = [{"name": name} for name in CHANGED_IN_PLACE]
ROWS = {
    "stakeholder": "stakeholders",
    "competitor": "competitor_links",
    "team": "team_members",
    "note": "notes",
    "task": "tasks",
    "attachment": "attachments",
    "debrief": "debriefs",
    "presentation": "presentations",
}


def named_views(resolver=None):
    """Each name of ours with its pattern and its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from named_views(pattern)
        elif isinstance(pattern, URLPattern):
            yield pattern.name, pattern.pattern, pattern.callback


def named():
    """Each name of ours with its pattern."""
    for name, pattern, _view in named_views():
        yield name, pattern


def wanted_by(pattern):
    """What an address is made of: the names in its pattern."""
    return set(pattern.converters or pattern.regex.groupindex)


def general_pages():
    """Those of no opportunity."""
    for name, pattern in named():
        if not wanted_by(pattern) and name not in FILES:
            yield reverse(name)
    yield reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "1-nonsense"})
    yield f"{reverse('opportunity_list')}?status=all&sort=-name"
    for stage in Stage.objects.filter(process__is_default=True):
        yield reverse("help_stage", args=[stage.process_id, stage.pk])
    for model in (Account, Contact, Competitor):
        for row in model.objects.order_by("pk")[:1]:
            for what in ("page", "page_edit", "page_archive", "page_history"):
                yield reverse(f"{model._meta.model_name}_{what}", args=[row.pk])
        yield from _of_merges(model)
    yield from (reverse("merge_page", args=[merge.pk]) for merge in Merge.objects.all()[:1])
    for name, contacts in (
        ("person_review", Contact.objects.filter(erasures__accepted_at=None, erasures__isnull=False)),
        ("person", Contact.objects.all()),
        ("person_erase", Contact.objects.filter(erasures=None)),
    ):
        yield from (reverse(name, args=[contact.pk]) for contact in contacts.order_by("pk")[:1])
    for opportunity in Opportunity.objects.open().order_by("pk")[:1]:
        yield reverse("hand_over_from", args=[opportunity.owner_id])
        yield reverse("person_targets", args=[opportunity.owner_id])
    yield from (reverse("unit_targets", args=[unit.pk]) for unit in Unit.objects.order_by("pk")[:1])
    yield from (reverse("hand_over_report", args=[each.pk]) for each in HandOver.objects.all()[:1])
    yield from (reverse("bulk_run", args=[each.pk]) for each in BulkRun.objects.order_by("pk")[:2])
    yield from (reverse(name, args=[run.pk]) for run in Import.objects.order_by("pk")[:2] for name in OF_AN_IMPORT)
    yield from (reverse("import_mapping_page", args=[each.pk]) for each in SavedMapping.objects.exclude(name="")[:1])
    yield from (reverse("saved_view_edit", args=[view.pk]) for view in SavedView.objects.all()[:1])
    for what in KINDS:
        yield f"{reverse('picker', args=[what])}?name={what}&create=1&none=1"


def _of_merges(model):
    """The pages that choose and compare what is merged, and the list of likely duplicates."""
    noun, rows = model._meta.model_name, list(model.objects.order_by("-pk")[:2])
    if len(rows) == 2:
        yield reverse(f"{noun}_merge", args=[rows[0].pk])
        yield f"{reverse(f'{noun}_merge', args=[rows[0].pk])}?with={rows[1].pk}"
    yield f"{reverse('likely_duplicates')}?of={noun}"


def opportunity_pages(opportunity):
    """Those of one opportunity: each stage, each tab, and every page that changes it or a child row."""
    for name, pattern in named():
        wanted = wanted_by(pattern)
        if "pk" in wanted and name not in FILES:
            yield from _addresses(name, wanted, opportunity)
    for step in Step.objects.filter(stage__process__is_default=True).order_by("stage_id", "pk"):
        yield f"{opportunity.get_absolute_url()}?stage={step.stage_id}"
    for tab in TABS:
        yield f"{opportunity.get_absolute_url()}?tab={tab}"
    for outcome in ("won", "lost"):
        yield f"{reverse('close', args=[opportunity.pk])}?outcome={outcome}"


OF_THE_STATE = ("?", "close/", "reopen/", "debrief/")


def state_pages(opportunity):
    """Those that show the state of an opportunity: stages, tabs, debrief, how it ends."""
    here = opportunity.get_absolute_url()
    shown = tuple(f"{here}{path}" for path in OF_THE_STATE)
    return [path for path in opportunity_pages(opportunity) if path == here or path.startswith(shown)]


def pages_of_several(opportunities):
    """Every page of the first opportunity. Of the others what shows their state.

    The other pages are a form for one row, or ask whether to do one thing. They print the opportunity's name and the
    entries of their row; neither depends on the state, and the first opportunity has a row of each kind. A state in
    which there is nothing to do there redirects, or shows the same page. `tests/test_planted.py` sends every form of
    every opportunity.
    """
    first, *others = opportunities
    yield from opportunity_pages(first)
    for opportunity in others:
        yield from state_pages(opportunity)


def pages_of_a_manager(opportunity):
    """Every page of an opportunity that differs for a manager: its state, and those that only managers see."""
    yield from state_pages(opportunity)
    yield from (path for path in opportunity_pages(opportunity) if name_of(path) in FOR_MANAGERS)


def _addresses(name, wanted, opportunity):
    given = {"pk": opportunity.pk}
    if "step" in wanted:
        steps = Step.objects.filter(stage__process__is_default=True)
        of_a_mail = steps.filter(field="thank_you_sent")
        active = steps.filter(stage=opportunity.active_stage_id, required=True)
        given["step"] = (of_a_mail if name == "mail_write_for" else active).first().pk
    if "row" in wanted:
        relation = next(relation for noun, relation in ROWS.items() if name.startswith(noun))
        row = getattr(opportunity, relation).first()
        if row is None:
            return
        given["row"] = row.pk
    for each in CELLS if "name" in wanted else ({},):
        yield reverse(name, kwargs=given | each)


def admin_pages(*, rows=1):
    """The lists, and of the first rows of each list the form, the history and what deletes it."""
    yield reverse("admin:index")
    for app in sorted({model._meta.app_label for model in admin.site._registry}):
        yield reverse("admin:app_list", args=[app])
    for model, page in admin.site._registry.items():
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{stem}_changelist")
        yield reverse(f"{stem}_add")
        for row in page.model._base_manager.order_by("pk")[:rows]:
            for what in ("change", "history", "delete"):
                yield reverse(f"{stem}_{what}", args=[row.pk])
            if hasattr(row, "history"):
                yield reverse(f"{stem}_simple_history", args=[row.pk, row.history.first().pk])
    yield reverse("admin:auth_user_password_change", args=[User.objects.earliest("pk").pk])


def that_answer(client, paths, *, but):
    """The paths at which this person is shown a page, each once. Of paths that differ by an id, one page is enough.

    `but`: the names at which this person is shown no page. Any other name must show one, and none of these.
    """
    shown, never, missing = set(), set(), set()
    for path in dict.fromkeys(paths):
        kind = re.sub(r"[0-9]+", "0", path)
        if kind not in shown | never:
            status = client.get(path).status_code
            (shown if status == 200 else never if status in (400, 403, 405) else set()).add(kind)
        if kind in shown:
            yield path
        else:
            missing.add(name_of(path))
    missing -= {name_of(kind) for kind in shown}
    assert missing == but, f"no page, but it should be: {missing - but}; a page, but it should not be: {but - missing}"


def name_of(path):
    return resolve(path.partition("?")[0]).view_name
