import re
from html import unescape
from typing import Any

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import translation

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.forms import fields
from opportunities.forms.picker import field, form, kinds, search
from salesflow.users.models import SALESPERSON, User
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


class ExampleForm(form.PickingForm, forms.Form):
    name = fields.LineField()
    account = field.PickerField("account", may_create=True, required=False)
    contact = field.PickerField("contact", may_create=True, required=False, account_field="account")
    owner = field.PickerField("person", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.layout = Layout(form.EnterPresses("save"), *self.fields)


class Rival(form.PickingForm, forms.Form):
    competitor = field.PickerField("competitor", may_create=True)


@pytest.fixture
def rep() -> User:
    user = User.objects.create_user("kari", first_name="Kari", last_name="Østby")
    user.groups.add(Group.objects.get_or_create(name=SALESPERSON)[0])
    return user


@pytest.fixture
def nordlys() -> Account:
    return Account.objects.create(name="Nordlys Shipping", city="Tromsø")


@pytest.fixture
def rep_client(rep: User, client: Client) -> Client:
    client.force_login(rep)
    return client


def filled(query: str, **kwargs: Any) -> ExampleForm:
    return ExampleForm(QueryDict(f"name=Fleet&{query}"), **kwargs)


def rendered(form: forms.Form) -> str:
    return str(render_crispy_form(form))


def radios(html: str, name: str) -> list[str]:
    """The offered values. The checked one ends with a star."""
    found = re.findall(rf'<input type="radio"[^>]*name="{name}"\s+value="([^"]*)"( checked)?>', html)
    return [value + ("*" if checked else "") for value, checked in found]


# Cleaned values


def test_a_chosen_answer_is_cleaned_to_the_row(nordlys: Account) -> None:
    form = filled(f"account={nordlys.pk}&account-find=nord&account-asked=nord")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"] == nordlys


def test_an_empty_choice_is_cleaned_to_none() -> None:
    form = filled("account=&account-find=&account-asked=")

    assert form.is_valid()
    assert form.cleaned_data["account"] is None


def test_a_new_row_is_not_saved_by_the_form() -> None:
    form = filled("account=new&account-find= Fjord AS &account-asked=Fjo")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"].name == "Fjord AS"
    assert form.cleaned_data["account"].pk is None
    assert not Account.objects.exists()


@pytest.mark.parametrize("find", ["", "   ", "a%00b", "a%E2%80%AEb", "x" * 201])
def test_a_new_row_needs_a_valid_name(find: str) -> None:
    form = filled(f"account=new&account-find={find}")

    assert not form.is_valid()
    assert list(form.errors) == ["account"]
    rendered(form).encode()


def test_a_new_row_with_an_existing_name_is_created_only_on_request(nordlys: Account) -> None:
    form = filled("account=new&account-find=NORDLYS shipping")
    answers = rendered(form)

    assert "“Nordlys Shipping” is already there." in form.errors["account"][0]
    assert radios(answers, "account") == [str(nordlys.pk), "", "new"]
    assert "Create “NORDLYS shipping” all the same" in answers
    assert f'name="account-like"\n         value="{nordlys.pk}"' in answers
    assert filled(f"account=new&account-find=NORDLYS shipping&account-like={nordlys.pk}").is_valid()


def test_a_name_that_is_nearly_the_same_is_an_answer_that_no_search_finds(nordlys: Account) -> None:
    form = filled("account=&account-find=Nordlys-Shiping A/S&find=account")
    form.find()

    assert radios(rendered(form), "account") == [str(nordlys.pk), "", "new"]
    assert "Nearly the same name" in rendered(form)


def test_a_newer_duplicate_asks_again(nordlys: Account) -> None:
    newer = Account.objects.create(name="Nordlys Shipping AS")
    form = filled(f"account=new&account-find=NORDLYS shipping&account-like={nordlys.pk}")

    assert "already there" in form.errors["account"][0]
    assert radios(rendered(form), "account") == [str(nordlys.pk), str(newer.pk), "", "new"]


def test_a_contact_of_the_same_name_is_compared_with_those_of_the_account_and_of_none(nordlys: Account) -> None:
    elsewhere = Account.objects.create(name="Havbris")
    Contact.objects.create(name="Kari Hansen", account=nordlys)

    assert not filled(f"contact=new&contact-find=Hansen, Kari&account={nordlys.pk}").is_valid()
    assert filled(f"contact=new&contact-find=Kari Hansen&account={elsewhere.pk}").is_valid()


def test_a_user_cannot_be_created_in_the_picker() -> None:
    form = filled("owner=new&owner-find=Eva")

    assert "not available" in form.errors["owner"][0]


@pytest.mark.parametrize("choice", ["999", str(2**63), "9" * 400, "-1", "x", "1e3", "٣", "%00", "1&account=2"])
def test_an_invalid_choice_is_a_form_error(nordlys: Account, choice: str) -> None:
    form = filled(f"account={choice}&account-find=")

    assert not form.is_valid()
    assert "not available" in form.errors["account"][0]
    rendered(form).encode()


def test_text_without_a_choice_is_an_error_and_shows_the_answers(nordlys: Account) -> None:
    form = filled("account-find=nord")

    html = rendered(form)

    assert form.errors["account"] == ["Choose one of the answers, or create “nord”."]
    assert radios(html, "account") == [str(nordlys.pk), "", "new"]
    assert 'value="nord"' in html


def test_text_that_is_the_name_of_one_row_in_any_case_chooses_it(nordlys: Account) -> None:
    Account.objects.create(name="Nordlys Shipping Sweden")
    form = filled("account-find=nordlys shipping")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"] == nordlys


def test_text_that_is_the_name_of_two_rows_is_an_error() -> None:
    for _ in range(2):
        Contact.objects.create(name="Kari Hansen")

    assert filled("contact-find=kari hansen").errors["contact"] == [
        "Choose one of the answers, or create “kari hansen”."
    ]


def test_text_that_equals_the_current_name_keeps_the_current_choice(nordlys: Account) -> None:
    form = filled("account=&account-find=nordlys shipping", initial={"account": nordlys.pk})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"] == nordlys


def test_text_changed_after_the_answers_is_an_error(nordlys: Account) -> None:
    form = filled(f"account={nordlys.pk}&account-find=Bergen&account-asked=", initial={"account": nordlys})

    assert "account" in form.errors


def test_text_that_is_part_of_the_chosen_name_is_accepted(nordlys: Account) -> None:
    form = filled(f"account={nordlys.pk}&account-find=shipping&account-asked=")

    assert form.is_valid(), form.errors


def test_a_page_shown_again_offers_only_the_chosen_row(nordlys: Account) -> None:
    Account.objects.create(name="Nordic")
    form = filled(f"account={nordlys.pk}&account-find=nord&account-asked=nord&owner=x")

    assert radios(rendered(form), "account") == [f"{nordlys.pk}*", ""]


def test_the_answer_none_is_cleaned_to_none(nordlys: Account) -> None:
    form = filled("account=&account-find=nord&account-asked=nord", initial={"account": nordlys})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"] is None
    assert form.changed_data == ["name", "account"]


def test_a_missing_required_choice_is_an_error_and_shows_answers() -> None:
    meridian = Competitor.objects.create(name="Meridian")
    form = Rival(QueryDict("competitor-find="))
    form.helper = FormHelper(form)

    html = rendered(form)

    assert form.errors["competitor"] == ["Type a name, and choose one of the answers."]
    assert radios(html, "competitor") == [str(meridian.pk)]


def test_the_choice_is_limited_to_the_queryset_and_the_current_row(nordlys: Account) -> None:
    class Limited(forms.Form):
        account = field.PickerField("account", queryset=Account.objects.none())

    query = QueryDict(f"account={nordlys.pk}")

    assert not Limited(query).is_valid()
    assert Limited(query, initial={"account": nordlys.pk}).is_valid()


def test_a_user_without_a_role_or_disabled_cannot_be_chosen(rep: User) -> None:
    stranger = User.objects.create_user("stranger")
    gone = User.objects.create_user("gone", is_active=False)
    gone.groups.add(*rep.groups.all())

    assert filled(f"owner={rep.pk}").is_valid()
    assert not filled(f"owner={stranger.pk}").is_valid()
    assert not filled(f"owner={gone.pk}").is_valid()
    assert filled(f"owner={gone.pk}", initial={"owner": gone.pk}).is_valid()


def test_an_unchanged_choice_is_not_in_changed_data(nordlys: Account) -> None:
    form = filled(f"account={nordlys.pk}", initial={"account": nordlys, "name": "Fleet"})

    assert form.changed_data == []


# Rendering


def test_the_current_choice_is_rendered_without_a_search(nordlys: Account, django_assert_num_queries: Any) -> None:
    form = ExampleForm(initial={"account": nordlys})

    with django_assert_num_queries(1):  # the contacts of that account
        html = rendered(form)

    assert radios(html, "account") == [f"{nordlys.pk}*", ""]
    assert "Tromsø" in html


def test_an_empty_picker_runs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        html = rendered(ExampleForm())

    assert radios(html, "account") == []


def test_the_label_and_the_error_belong_to_the_text_field(nordlys: Account) -> None:
    html = rendered(filled("account-find=nord"))
    field = re.search(r'<input type="text"\s+name="account-find"[^>]*>', html)[0]

    assert re.search(r'<label\s+for="id_account"', html)
    assert 'id="id_account"' in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_account_error"' in field
    assert 'id="id_account_error"' in html
    assert 'class="picker is-invalid"' in html


def test_ids_are_rendered_without_localisation() -> None:
    account = Account.objects.create(pk=1234567, name="Far")
    with translation.override("nb"):
        html = rendered(ExampleForm(initial={"account": account}))

    assert radios(html, "account") == ["1234567*", ""]


def test_typed_text_is_escaped() -> None:
    html = rendered(filled("account-find=<b>%22'%26"))

    assert "<b>" not in html
    assert "&lt;b&gt;&quot;&#x27;&amp;" in html


def test_enter_presses_save_and_not_find() -> None:
    html = rendered(ExampleForm())

    assert html.index('name="save"') < html.index('name="find"')


# The Find button


def test_find_shows_answers_and_validates_nothing(nordlys: Account) -> None:
    form = ExampleForm(QueryDict("name=&account-find=NORD&contact-find=ola&find=account"))
    form.find()

    html = rendered(form)

    assert not form.errors
    assert not form.is_valid()
    assert radios(html, "account") == [str(nordlys.pk), "", "new"]
    assert 'value="ola"' in html
    assert re.search(r'id="id_account-answers"[^>]*autofocus', html)
    assert html.count("autofocus") == 1


def test_find_without_text_shows_the_first_answers() -> None:
    Account.objects.bulk_create(Account(name=f"A{n:02}", search_text=f"a{n:02}") for n in range(25))
    form = ExampleForm(QueryDict("account-find=&find=account"))
    form.find()

    html = rendered(form)

    assert len(radios(html, "account")) == 21  # the answers and None
    assert "The first 20 answers" in html


def test_find_keeps_the_current_choice(nordlys: Account) -> None:
    fjord = Account.objects.create(name="Fjord")
    form = ExampleForm(QueryDict(f"account={nordlys.pk}&account-find=fjord&find=account"))
    form.find()

    assert radios(rendered(form), "account") == [f"{nordlys.pk}*", str(fjord.pk), "", "new"]


@pytest.mark.parametrize(
    ("method", "data", "is_find"), [("post", "find", True), ("post", "save", False), ("get", "find", False)]
)
def test_only_a_post_with_the_find_button_is_a_find(method: str, data: str, is_find: bool) -> None:
    request = getattr(RequestFactory(), method)("/", {data: "account"})

    assert form.is_find(request) is is_find


def test_find_works_with_a_form_prefix(nordlys: Account) -> None:
    form = Rival(QueryDict("a-competitor-find=mer&find=a-competitor"), prefix="a")
    form.helper = FormHelper(form)
    form.find()

    html = rendered(form)

    assert radios(html, "a-competitor") == ["new*"]  # the only answer is chosen
    assert 'id="id_a-competitor-answers"' in html


# Searching


def test_search_folds_characters_and_needs_every_word() -> None:
    blue = Account.objects.create(name="Blåbær Østfold AS")
    Account.objects.create(name="Blåbær Vestfold AS")
    kind = kinds.KINDS["account"]

    assert kind.find(kind.rows(), "OSTFOLD blåb") == [blue]


def test_names_that_begin_with_the_text_are_listed_first() -> None:
    inside = Account.objects.create(name="A Nord")
    first = Account.objects.create(name="Nord")
    kind = kinds.KINDS["account"]

    assert kind.find(kind.rows(), "nord") == [first, inside]


@pytest.mark.parametrize("typed", ["%", "_", "'", "\\", "ﷺ" * 200, "a " * 5000])
@pytest.mark.parametrize("what", kinds.KINDS)
def test_any_text_can_be_searched(nordlys: Account, what: str, typed: str) -> None:
    kind = kinds.KINDS[what]

    assert kind.find(kind.rows(), typed) == []


def test_contacts_of_the_chosen_account_are_listed_first(nordlys: Account) -> None:
    stranger = Contact.objects.create(name="Anna A")
    ours = Contact.objects.create(name="Anna B", account=nordlys, job_title="CFO")
    form = filled(f"account={nordlys.pk}&contact-find=anna")

    html = rendered(form)

    assert radios(html, "contact") == [str(ours.pk), str(stranger.pk), "", "new"]
    assert "CFO, Nordlys Shipping" in html


def test_users_are_found_by_user_name_and_full_name(rep: User) -> None:
    User.objects.create_user("kari2", last_name="Østby")  # no role
    kind = kinds.KINDS["person"]

    assert [kind.find(kind.rows(), typed) for typed in ("ØSTBY", "kari ost", "nobody")] == [[rep], [rep], []]


# Answers fetched by htmx


def test_answers_are_fetched_while_typing(rep_client: Client, nordlys: Account) -> None:
    query = {"name": "account", "account-find": "nord", "account": "", "none": "1", "create": "1"}

    html = rep_client.get("/pick/account/", query).content.decode()

    assert radios(html, "account") == [str(nordlys.pk), "", "new"]
    assert 'hx-swap-oob="innerHTML:#id_account-said">1 answer<' in html
    assert re.search(r'type="hidden"\s+name="account-asked"\s+value="nord"', html)


def test_fetched_answers_keep_the_choice_and_run_three_queries(
    rep_client: Client, nordlys: Account, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        Contact.objects.create(name=f"Anna {number}", account=nordlys)
    chosen = Contact.objects.create(name="Berit")
    query = {"name": "contact", "q": "anna", "contact": chosen.pk, "account": nordlys.pk}

    with django_assert_num_queries(2 + 3):  # the session and the user; the role, the answers, the choice
        html = rep_client.get("/pick/contact/", query).content.decode()

    assert radios(html, "contact")[0] == f"{chosen.pk}*"
    assert len(radios(html, "contact")) == 21


@pytest.mark.parametrize("what", kinds.KINDS)
@pytest.mark.parametrize(
    "query",
    [
        {"name": "x", "x": str(2**63), "account": "garbage", "q": "\x00"},
        {"name": "x", "x": "new", "account": str(2**63), "q": "a" * 5000},
        {"name": "x", "account_name": "x", "x": "-1", "create": "x"},
        {"name": "x", "q": "\ud83d"},
    ],
)
def test_an_invalid_query_gets_a_response(rep_client: Client, what: str, query: dict[str, str]) -> None:
    query = {key: value.encode(errors="replace").decode() for key, value in query.items()}

    assert rep_client.get(f"/pick/{what}/", query).status_code == 200


@pytest.mark.parametrize(
    "address", ["/pick/user/?name=x", "/pick/account/", '/pick/account/?name="><b>', "/pick/a-b/?name=x"]
)
def test_an_unknown_picker_gives_404(rep_client: Client, address: str) -> None:
    assert rep_client.get(address).status_code == 404


def test_a_post_is_refused(rep_client: Client) -> None:
    assert rep_client.post("/pick/account/?name=x").status_code == 405


def test_a_user_without_a_role_gets_no_answers(client: Client, nordlys: Account) -> None:
    client.force_login(User.objects.create_user("stranger"))

    answer = client.get("/pick/account/?name=x&q=nord")

    assert answer.status_code == 403
    assert "Nordlys" not in answer.content.decode()


def test_a_signed_out_visitor_is_sent_to_the_sign_in_page(client: Client) -> None:
    assert client.get("/pick/account/?name=x").status_code == 302


def test_fetched_answers_never_offer_to_create_a_user(rep_client: Client) -> None:
    html = rep_client.get("/pick/person/?name=owner&q=zzz&create=1").content.decode()

    assert radios(html, "owner") == []
    assert "Nothing found for “zzz”." in html


def test_a_form_does_not_use_the_choices_of_an_earlier_form(rep: User) -> None:
    """Form fields are copied for each form. The cache of a copy must not be shared with later forms."""
    assert filled(f"owner={rep.pk}").is_valid()
    User.objects.filter(pk=rep.pk).update(is_active=False)

    assert not filled(f"owner={rep.pk}").is_valid()


# Names of users


def answers_with_choice(client, what, pk, **more):
    return client.get(f"/pick/{what}/", {"name": "x", "x": pk, "q": "zzz", **more}).content.decode()


@pytest.mark.parametrize("hidden", [{"is_active": False}, {"role": None}])
def test_a_user_who_cannot_be_chosen_is_not_named(rep_client: Client, hidden: dict[str, Any]) -> None:
    person = UserFactory(first_name="Hemmelig", **hidden)

    assert "Hemmelig" not in answers_with_choice(rep_client, "person", person.pk)


def test_a_user_who_can_be_chosen_is_named(rep_client: Client) -> None:
    person = UserFactory(first_name="Synlig")

    assert "Synlig" in answers_with_choice(rep_client, "person", person.pk)


def test_the_current_user_of_the_field_is_named(rep_client: Client) -> None:
    gone = UserFactory(first_name="Gammel", is_active=False)
    html = rendered(ExampleForm(initial={"owner": gone}))
    address = unescape(re.search(r'hx-get="(/pick/person/[^"]*)"', html)[1])  # type: ignore[index]

    answer = rep_client.get(f"{address}&owner={gone.pk}&owner-find=zzz")

    assert "Gammel" in answer.content.decode()


@pytest.mark.parametrize("signature", ["", "x", "1", "person", "a:b", "\x00"])
def test_an_invalid_signature_names_no_user(rep_client: Client, signature: str) -> None:
    gone = UserFactory(first_name="Gammel", is_active=False)

    assert "Gammel" not in answers_with_choice(rep_client, "person", gone.pk, present=signature)


def test_the_signature_of_one_row_does_not_name_another_row(rep_client: Client) -> None:
    gone, other = UserFactory(is_active=False), UserFactory(first_name="Hemmelig", is_active=False)

    for signature in (search.signed("person", gone.pk), search.signed("account", other.pk)):
        assert "Hemmelig" not in answers_with_choice(rep_client, "person", other.pk, present=signature)
