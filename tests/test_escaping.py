"""Text of a row is escaped in our templates and in those of packages, and the check for unescaped text works."""

import importlib.util
import re
from pathlib import Path

import pytest
from crispy_forms.bootstrap import Alert, StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import reverse

from opportunities.models import StatusReason
from tests.support import factories

TOP = Path(__file__).resolve().parent.parent
PLANTED = "<b id=planted>"
UNESCAPED = re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off")

# Templates of packages that print something unescaped and are not replaced. The sets name what they print.
RENDERED_PARTS = {
    f"bootstrap5/{name}.html"
    for name in (
        "accordion",
        "accordion-group",
        "layout/buttonholder",
        "layout/column",
        "layout/div",
        "layout/field_with_buttons",
        "layout/formactions",
        "layout/row",
        "layout/tab",
    )
}
NOT_IN_USE = {"pipeline/inline_js.html"}  # for scripts inside the page; ours are files
TEXTS_OF_DJANGO = {
    "registration/password_change_form.html",
    "registration/password_reset_email.html",
    "django/forms/p.html",  # for forms that render themselves; we have none
    "django/forms/table.html",
    "django/forms/ul.html",
}


@pytest.fixture
def check():
    spec = importlib.util.spec_from_file_location("escaping", TOP / ".ci/escaping.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packaged_templates():
    """The HTML templates of packages, by name. Text mails need no escaping."""
    for folder in get_app_template_dirs("templates"):
        for file in folder.rglob("*.html"):
            yield str(file.relative_to(folder)), file


class EscapingForm(forms.Form):
    """A form with markup in each place that crispy prints unescaped by default."""

    entry = forms.CharField(help_text=PLANTED)
    choice = forms.ChoiceField(help_text=PLANTED, choices=[("a", PLANTED)], widget=forms.RadioSelect)

    def __init__(self):
        super().__init__()
        self.helper = FormHelper(self)
        self.helper.layout = Layout(
            Fieldset(PLANTED, "entry"), "choice", StrictButton(PLANTED), Alert(PLANTED), Submit("go", PLANTED)
        )


def test_the_name_of_a_reason_is_escaped_in_the_lost_form(rep, client_of):
    StatusReason.objects.create(status="lost", name_en="<b id=x>R</b>", asks_competitor=True)
    opportunity = factories.OpportunityFactory(owner=rep)

    page = client_of(rep).get(reverse("close", args=[opportunity.pk])).content.decode()

    assert "Only for “&lt;b id=x&gt;R&lt;/b&gt;”" in page
    assert "<b id=x>" not in page


def test_crispy_escapes_help_texts_legends_buttons_and_alerts():
    page = render_crispy_form(EscapingForm())

    assert PLANTED not in page
    assert page.count("&lt;b id=planted&gt;") == 7


def test_a_django_form_escapes_its_help_text():
    page = str(EscapingForm()["entry"].as_field_group())

    assert PLANTED not in page
    assert "&lt;b id=planted&gt;" in page


def test_each_package_template_that_prints_unescaped_text_is_replaced_or_listed():
    unescaped = {name for name, file in packaged_templates() if UNESCAPED.search(file.read_text())}

    in_use = {name for name in unescaped if not get_template(name).origin.name.startswith(str(TOP / "templates"))}
    assert in_use == RENDERED_PARTS | TEXTS_OF_DJANGO | NOT_IN_USE


# The check


@pytest.mark.parametrize(
    "line", ["{{ name|safe }}", "{{ name | safe }}", "{{ names|safeseq }}", "{% autoescape off %}{{ name }}"]
)
def test_the_check_finds_unescaped_text_in_a_template(check, tmp_path, line):
    (tmp_path / "page.html").write_text(f"<p>\n{line}\n</p>")

    assert [problem.split(":")[1] for problem in check.in_files(tmp_path, "html", check.UNESCAPED_IN_TEMPLATES)] == [
        "2"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "from django.utils.safestring import mark_safe",
        "safestring.mark_safe(name)",
        "SafeString(name)",
        "class Name(SafeData): pass",
        "def __html__(self): pass",
        "format_html(f'<b>{name}</b>')",
        "format_html('<b>%s</b>' % name)",
        "format_html_join('', name, names)",
        "Template(name)",
        "engine.from_string(name)",
        "layout.HTML(name)",
        "Fieldset(name, 'field')",
        "StrictButton(name)",
    ],
)
def test_the_check_finds_unescaped_text_in_a_module(check, line):
    assert len(list(check.in_python(f"import django\n\n{line}\n", set()))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from django.utils.safestring import SafeString",
        "def render(self) -> SafeString: pass",
        "format_html('<b>{}</b>', name)",
        "format_html_join('', '<b>{}</b>', names)",
    ],
)
def test_the_check_accepts_escaped_text(check, line):
    assert list(check.in_python(line, set())) == []


def test_the_check_accepts_names_that_are_allowed_for_a_file(check):
    assert list(check.in_python("StrictButton('Filter')", {"StrictButton"})) == []
