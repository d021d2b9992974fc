"""A person downloads what the list shows, and opens the file."""

import csv
import datetime
import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.support.factories import OpportunityFactory
from tests.support.labels import Labels

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DAY = datetime.date(2027, 3, 1)


def rows_of_csv(content):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))


def rows_of_xlsx(content):
    """The cells of the first sheet; a number is a number."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            shared = ["".join(each.itertext()) for each in strings]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))

    def value(cell):
        text = "".join(cell.itertext())
        if cell.get("t") == "s":
            return shared[int(text)]
        return text if cell.get("t") else float(text)

    return [[value(cell) for cell in row] for row in sheet.iter(f"{SHEET}row")]


def download(page, says, format):
    page.reload()
    page.locator("details.export summary").click()
    with page.expect_download() as waiting:
        page.locator("details.export").get_by_role("button", name=says(format)).click()
    return waiting.value.path().read_bytes()


@pytest.mark.parametrize(("language", "javascript"), [("en", False), ("nb", True)])
def test_the_files_have_the_rows_and_columns_of_the_list(rep, open_browser, language, javascript):
    for name, revenue in (("Ærlige ferries", 1_500), ("Lorries", 2_000), ("Windmills", 9_000)):
        rating = "cold" if name == "Windmills" else "hot"
        OpportunityFactory(owner=rep, name=name, estimated_revenue=revenue, rating=rating, estimated_close_date=DAY)
    page, says = open_browser(rep, language=language, javascript=javascript), Labels(language)
    page.goto(f"{reverse('opportunity_list')}?rating=hot&sort=name")
    shown = page.locator("tbody th.list-name > a").all_inner_texts()
    heads = page.locator("thead .sort").all_inner_texts()

    for rows in (rows_of_csv(download(page, says, "Text file")), rows_of_xlsx(download(page, says, "Excel file"))):
        assert [row[0] for row in rows[1:]] == shown == ["Lorries", "Ærlige ferries"]
        assert rows[0] == heads
        revenue = heads.index(says("Revenue"))
        assert [float(str(row[revenue]).replace(",", ".")) for row in rows[1:]] == [2_000, 1_500]
    expect(page.locator("#list-totals")).to_contain_text("3")
