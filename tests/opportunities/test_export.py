"""Exports: exactly what the list finds and shows, with numbers as numbers and no formula, to those who may see it."""

import csv
import datetime
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from opportunities.formula_safe import safe_text
from opportunities.models import ListExport
from opportunities.pipeline.lists import columns
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    DEVELOP,
    AccountFactory,
    OpportunityFactory,
    UserFactory,
    opportunity_in,
    won_opportunity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

EXPORT = reverse("opportunity_export")
SHEET = "xl/worksheets/sheet1.xml"
CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def rows(cast):
    account = AccountFactory(name="=HYPERLINK(1)", industry='Æsj; «og», "sitat"')
    return [
        opportunity_in(
            DEVELOP,
            owner=cast["rep"],
            name="Fleet, phase 2",
            account=account,
            estimated_revenue=Decimal("1234567.50"),
            estimated_close_date=datetime.date(2027, 3, 1),
        ),
        OpportunityFactory(owner=cast["rep"], name="Depot", estimated_revenue=None),
        won_opportunity(owner=cast["rep"], name="Pilot"),
        OpportunityFactory(owner=UserFactory(), name="Foreign"),
    ]


def export(client, query="", *, file="csv", which="shown", shown="name revenue close"):
    return client.post(f"{EXPORT}{query}", {"format": file, "which": which, "columns": shown})


def table(response, delimiter=","):
    text = b"".join(response).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter))


def sheet(response):
    """The cells of an XLSX file: text, or a number."""
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as book:
        lines = ElementTree.fromstring(book.read(SHEET)).iter(f"{CELLS}row")
        return [[_cell(cell) for cell in line] for line in lines]


def _cell(cell):
    text = cell.find(f"{CELLS}is/{CELLS}t")
    return text.text if text is not None else float(cell.find(f"{CELLS}v").text)


def test_the_file_has_the_rows_of_the_list_in_its_order_and_the_columns_shown(rows, rep_client):
    lines = table(export(rep_client, "?sort=name"))

    assert lines == [
        ["Name", "Revenue", "Close date"],
        ["Depot", "", ""],
        ["Fleet, phase 2", "1234567.50", "2027-03-01"],
    ]


def test_in_norwegian_the_cells_are_as_spreadsheets_there_read_them(rows, rep_client):
    rep_client.cookies["django_language"] = "nb"

    lines = table(export(rep_client, "?q=fleet"), delimiter=";")

    assert lines == [["Navn", "Inntekt", "Lukkedato"], ["Fleet, phase 2", "1234567,50", "2027-03-01"]]


def test_all_columns_are_exported_when_asked(rows, rep_client):
    lines = table(export(rep_client, "?status=all", which="all"))

    assert lines[0] == [str(column.label) for column in columns.ALL.values()]
    assert {line[0] for line in lines[1:]} == {"Fleet, phase 2", "Depot", "Pilot"}


def test_no_text_is_a_formula(rows, rep_client):
    lines = table(export(rep_client, "?q=fleet", shown="name account industry"))

    assert lines[1] == ["Fleet, phase 2", "'=HYPERLINK(1)", 'Æsj; «og», "sitat"']


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_each_beginning_of_a_formula_is_made_safe(beginning):
    assert safe_text(f"{beginning}1+1") == f"'{beginning}1+1"
    assert safe_text(f"1{beginning}") == f"1{beginning}"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_formula_after_a_separator_of_another_country_is_made_safe(separator):
    assert safe_text(f"Fleet{separator}=1+1") == f"Fleet{separator}'=1+1"
    assert safe_text(f"Fleet{separator} 1-2") == f"Fleet{separator} 1-2"


def test_a_spreadsheet_has_numbers_dates_and_texts(rows, rep_client):
    response = export(rep_client, "?sort=name", file="xlsx", shown="name account revenue close")

    assert re.fullmatch(r'attachment; filename="opportunities-\d{4}-\d\d-\d\d\.xlsx"', response["Content-Disposition"])
    day = (datetime.date(2027, 3, 1) - datetime.date(1899, 12, 30)).days
    assert sheet(response) == [
        ["Name", "Account", "Revenue", "Close date"],
        ["Depot"],
        ["Fleet, phase 2", "=HYPERLINK(1)", 1234567.5, day],
    ]


def test_nobody_exports_what_is_hidden_from_them(rows, rep_client):
    names = [line[0] for line in table(export(rep_client, "?status=all"))]

    assert "Foreign" not in names


def test_each_export_is_logged(rows, rep, rep_client):
    b"".join(export(rep_client, "?status=all", file="xlsx", which="all"))

    logged = ListExport.objects.get()
    assert (logged.by, logged.format, logged.has_all_columns, logged.rows) == (rep, "xlsx", True, 3)


def test_what_the_menu_does_not_send_is_refused_and_logs_nothing(rows, rep_client):
    with unchanged():
        assert export(rep_client, file="exe").status_code == 400
        assert export(rep_client, which="some").status_code == 400
        assert rep_client.post(EXPORT, {}).status_code == 400
        assert rep_client.post(EXPORT, {"format": ["csv", "xlsx"], "which": "all"}).status_code == 400
        assert rep_client.get(EXPORT).status_code == 405
        assert export(rep_client, "?stage=x").status_code == 422


def test_the_menu_of_the_list_posts_its_filter_and_its_columns(rows, rep_client):
    page = rep_client.get(reverse("opportunity_list"), {"q": "fleet", "sort": "name"}).content.decode()

    assert f'action="{EXPORT}?q=fleet&amp;sort=name&amp;"' in page
    assert 'name="columns" value="name stage revenue' in page


def test_the_number_of_queries_grows_by_one_for_a_thousand_rows(rows, rep, rep_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        assert len(table(export(rep_client, which="all"))) == 3
