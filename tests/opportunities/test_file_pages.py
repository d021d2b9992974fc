"""The tab Files, and the pages to upload, download, change and remove a file."""

import re
import resource
import tempfile

import pytest
from django.conf import settings as global_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from opportunities.models import Attachment
from salesflow import private_files
from salesflow.uploads import MOST_FILES
from tests.support import factories, hostile_files
from tests.support.db_assertions import unchanged
from tests.support.factories import OpportunityFactory, reread, upload
from tests.support.hostile_files import PDF
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def add_url(opportunity):
    return reverse("attachment_add", args=[opportunity.pk])


def url(act, file):
    return reverse(f"attachment_{act}", args=[file.opportunity_id, file.pk])


def tab_url(opportunity):
    return f"{opportunity.get_absolute_url()}?tab=files"


def tab(client, opportunity):
    return client.get(tab_url(opportunity))


def html(response):
    return response.content.decode()


def sent(name="Offer.pdf", content=PDF):
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def press_upload(client, form, *files, **entries):
    """Presses the button of the form that uploads, with these files chosen."""
    posted = form.fields.dict() | {"add-file": list(files)} | entries
    return Client.post(client, form.action, posted)  # what the form has, and nothing else


def open_form(client, opportunity):
    return Form(tab(client, opportunity), add_url(opportunity))


# Uploading


def test_several_files_are_uploaded_at_once(rep_client, rep, opportunity):
    form = open_form(rep_client, opportunity)

    response = press_upload(rep_client, form, sent(), sent("Notes.txt", b"Hi"), **{"add-kind": "proposal"})

    assert (response.status_code, response.url) == (303, tab_url(opportunity))
    assert "2 files uploaded." in html(rep_client.get(response.url))
    found = opportunity.attachments.order_by("pk").values_list("name", "kind", "content_type", "created_by")
    assert list(found) == [
        ("Offer.pdf", "proposal", "application/pdf", rep.pk),
        ("Notes.txt", "proposal", "text/plain", rep.pk),
    ]


def test_files_are_uploaded_on_a_page_of_their_own(rep_client, opportunity):
    address = f"{add_url(opportunity)}?kind=final_proposal"
    form = Form(rep_client.get(address), add_url(opportunity))

    assert press_upload(rep_client, form, sent()).status_code == 303
    assert opportunity.attachments.get().kind == "final_proposal"


def test_a_form_that_is_sent_twice_adds_its_files_once(rep_client, opportunity):
    form = open_form(rep_client, opportunity)

    answers = [press_upload(rep_client, form, sent()).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert opportunity.attachments.count() == 1
    assert list(private_files.every_name()) == [opportunity.attachments.get().storage_name]


def test_another_file_from_the_same_page_is_added(rep_client, opportunity):
    form = open_form(rep_client, opportunity)

    press_upload(rep_client, form, sent())
    press_upload(rep_client, form, sent(content=PDF + b"2"))

    assert opportunity.attachments.count() == 2


def test_a_refused_file_is_named_and_the_others_are_kept(rep_client, opportunity):
    form = open_form(rep_client, opportunity)

    response = press_upload(rep_client, form, sent("run.exe", b"MZ\x90\0"), sent(), sent("empty.txt", b""))

    page = html(response)
    assert response.status_code == 200
    assert "“run.exe” was not uploaded: its content is of no type that can be stored here." in page
    assert "“empty.txt” was not uploaded: it is empty." in page
    assert "Offer.pdf uploaded." in page
    assert opportunity.attachments.get().name == "Offer.pdf"


def test_a_form_without_a_file_is_refused(rep_client, opportunity):
    form = open_form(rep_client, opportunity)

    with unchanged():
        response = press_upload(rep_client, form)

    assert response.status_code == 422
    assert "Choose a file first." in html(response)


def test_files_beyond_the_limit_are_refused_with_a_sentence(rep_client, opportunity):
    form = open_form(rep_client, opportunity)

    response = press_upload(rep_client, form, *(sent(f"{each}.pdf") for each in range(MOST_FILES + 1)))

    assert f"“20.pdf” was not uploaded: only {MOST_FILES} files are taken at once." in html(response)
    assert opportunity.attachments.count() == MOST_FILES


def test_a_file_that_is_too_large_is_refused_with_its_size(rep_client, opportunity, settings):
    settings.UPLOAD_MAX_BYTES = 1_000_000
    form = open_form(rep_client, opportunity)

    response = press_upload(rep_client, form, sent(content=PDF + b"0" * 1_000_000))

    assert re.search("it has 976.6.KB, and a file may have 976.6.KB", html(response))
    assert not opportunity.attachments.exists()


def test_both_pages_check_the_csrf_token(rep, opportunity):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    for where in (add_url(opportunity), url("version", upload(opportunity))):
        form = Form(client.get(where), where)
        token = form.fields.pop("csrfmiddlewaretoken")[0]

        with unchanged():
            assert press_upload(client, form, sent()).status_code == 403
        assert len(list(private_files.every_name())) == opportunity.attachments.count()
        assert press_upload(client, form, sent(), csrfmiddlewaretoken=token).status_code == 303


def test_exactly_four_views_take_files():
    """Their mark: the middleware does not check CSRF for them, because `taking_files` checks it inside."""

    def views(resolver):
        for pattern in resolver.url_patterns:
            yield from views(pattern) if isinstance(pattern, URLResolver) else [(pattern.name, pattern.callback)]

    found = {name for name, view in views(get_resolver()) if getattr(view, "csrf_exempt", False)}

    assert found == {"attachment_add", "attachment_version", "import_new", "import_history"}


def test_every_other_page_goes_on_discarding_files(rep_client, opportunity):
    address = reverse("note_add", args=[opportunity.pk])
    form = Form(rep_client.get(address), address)

    response = rep_client.post(address, form.fields.dict() | {"add-text": "Hi", "add-file": sent()})

    assert response.status_code == 303
    assert list(private_files.every_name()) == []


def test_a_form_that_names_no_page_or_has_bytes_that_are_no_text_is_a_bad_request(rep_client, opportunity):
    assert Client.post(rep_client, add_url(opportunity), {"add-file": sent()}).status_code == 400
    body = b'--x\r\nContent-Disposition: form-data; name="add-kind"\r\n\r\n\xff\r\n--x--\r\n'
    broken = rep_client.generic("POST", add_url(opportunity), body, content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400


def test_a_full_disk_is_said_and_leaves_nothing(rep_client, opportunity, settings, tmp_path):
    form = open_form(rep_client, opportunity)
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.STORAGES = stored_in(tmp_path / "full")

    with unchanged():
        response = press_upload(rep_client, form, sent())

    assert response.status_code == 503
    assert "The file could not be stored." in html(response)


@pytest.fixture
def full_temporary_folder():
    """No file gets larger than 300,000 bytes, as on a disk with as much room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("full_temporary_folder")
@pytest.mark.parametrize("size", [300_001, 400_000], ids=["by one byte", "in the middle"])
def test_a_full_temporary_folder_is_said_and_leaves_nothing(rep_client, opportunity, size):
    form = open_form(rep_client, opportunity)

    with unchanged():
        response = press_upload(rep_client, form, sent(content=PDF.ljust(size, b"0")))

    assert response.status_code == 422
    said = "“Offer.pdf” was not uploaded: the server has no room for it at the moment."
    assert said in html(response)
    assert list(private_files.every_name()) == []


def test_a_temporary_folder_that_is_away_is_said_too(rep_client, opportunity, tmp_path, monkeypatch):
    form = open_form(rep_client, opportunity)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "away"))

    with unchanged():
        response = press_upload(rep_client, form, sent(content=PDF.ljust(400_000, b"0")))

    assert response.status_code == 422
    assert "the server has no room for it at the moment" in html(response)


def stored_in(folder):
    """The setting with the private files in this folder."""
    options = {"OPTIONS": {"location": folder}}
    return global_settings.STORAGES | {"attachments": global_settings.STORAGES["attachments"] | options}


# Versions


def test_a_new_version_is_uploaded_and_the_old_one_is_folded(rep_client, opportunity):
    first = upload(opportunity, kind="proposal")
    form = Form(rep_client.get(url("version", first)), url("version", first))
    assert form.fields["add-kind"] == "proposal"

    response = press_upload(rep_client, form, sent("Offer 2.pdf"))

    assert response.status_code == 303
    page = html(rep_client.get(response.url))
    for said in ("Version 2 of Offer 2.pdf uploaded.", "1 earlier version", url("download", first)):
        assert said in page
    assert list(opportunity.attachments.order_by("pk").values_list("number", "is_latest")) == [(1, False), (2, True)]


def test_a_new_version_of_another_type_says_so(rep_client, opportunity):
    first = upload(opportunity, name="Offer.png", content_type="image/png")
    form = Form(rep_client.get(url("version", first)), url("version", first))

    page = html(rep_client.get(press_upload(rep_client, form, sent("Offer 2.pdf")).url))

    assert "It is of another type than the version before, Offer.png." in page


def test_a_new_version_is_one_file(rep_client, opportunity):
    first = upload(opportunity)
    form = Form(rep_client.get(url("version", first)), url("version", first))

    response = press_upload(rep_client, form, sent(), sent("b.pdf"))

    assert response.status_code == 422
    assert "Choose one file" in html(response)


def test_a_new_version_that_is_sent_twice_is_uploaded_once(rep_client, opportunity):
    first = upload(opportunity)
    form = Form(rep_client.get(url("version", first)), url("version", first))

    answers = [press_upload(rep_client, form, sent("Offer 2.pdf")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert opportunity.attachments.count() == 2


def test_a_version_that_another_person_uploaded_meanwhile_stays(rep_client, opportunity):
    first = upload(opportunity)
    form = Form(rep_client.get(url("version", first)), url("version", first))
    upload(opportunity, version_of=first)

    assert press_upload(rep_client, form, sent("Offer 3.pdf")).status_code == 303
    assert list(opportunity.attachments.order_by("pk").values_list("number", flat=True)) == [1, 2, 3]


def test_a_new_version_of_a_file_that_was_removed_says_who_removed_it(rep_client, opportunity):
    first = upload(opportunity)
    form = Form(rep_client.get(url("version", first)), url("version", first))
    factories.remove(first)

    with unchanged():
        response = press_upload(rep_client, form, sent("Offer 2.pdf"))

    assert response.status_code == 409
    assert "removed Offer.pdf" in html(response)


# Changing and removing


def test_a_file_is_renamed_and_gets_another_kind(rep_client, opportunity):
    file = upload(opportunity)
    form = Form(rep_client.get(url("edit", file)), url("edit", file))

    assert form.press(rep_client, "Save", name="Final offer", kind="quote").status_code == 303
    changed = Attachment.objects.get()
    assert (changed.name, changed.kind) == ("Final offer.pdf", "quote")


def test_removing_a_file_asks_first_and_can_take_its_earlier_versions_along(rep_client, opportunity):
    first = upload(opportunity)
    second = upload(opportunity, version_of=first)
    page = rep_client.get(url("remove", second))
    assert "Remove its earlier versions, too" in html(page)

    response = Form(page, url("remove", second)).press(rep_client, "Remove", with_earlier="on")

    assert "File removed." in html(rep_client.get(response.url))
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("closed", [factories.won_opportunity, factories.lost_opportunity])
def test_a_closed_opportunity_takes_files_through_its_page(rep_client, rep, closed):
    opportunity = closed(owner=rep)

    assert press_upload(rep_client, open_form(rep_client, opportunity), sent()).status_code == 303

    file = opportunity.attachments.get()
    assert (
        Form(rep_client.get(url("edit", file)), url("edit", file)).press(rep_client, "Save", name="B").status_code
        == 303
    )
    removed = Form(rep_client.get(url("remove", file)), url("remove", file)).press(rep_client, "Remove")
    assert removed.status_code == 303
    assert reread(opportunity).status == opportunity.status


def test_files_of_a_foreign_opportunity_are_not_found(client_of, colleague, opportunity, rep):
    file = upload(opportunity)
    factories.add_preview(file)
    own = OpportunityFactory(owner=colleague)
    foreign = client_of(colleague)
    pages = [add_url(opportunity), *(url(act, file) for act in ("edit", "remove", "version", "download", "preview"))]
    pages += [reverse(f"attachment_{act}", args=[own.pk, file.pk]) for act in ("edit", "remove", "download", "preview")]

    with unchanged():
        answers = {foreign.get(page).status_code for page in pages}
        answers |= {foreign.post(page, {"add-file": sent()}).status_code for page in pages}

    assert answers == {404, 405}
    assert len(list(private_files.every_name())) == 2


# Downloading


def test_a_file_is_sent_as_an_attachment_in_which_nothing_runs(rep_client, opportunity):
    file = upload(opportunity, name="Tilbud på bå\u0301t “1”.pdf", content=b"%PDF-1.7 " + b"x" * 5000)

    response = rep_client.get(url("download", file), headers={"accept-encoding": "gzip, br"})

    assert b"".join(response) == b"%PDF-1.7 " + b"x" * 5000
    assert (response["Content-Type"], response["Content-Length"]) == ("application/pdf", "5009")
    name = "Tilbud%20p%C3%A5%20b%C7%BBt%20%E2%80%9C1%E2%80%9D.pdf"
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "no-store")
    assert "Content-Encoding" not in response


def test_a_file_whose_content_is_away_is_not_found(rep_client, opportunity):
    file = upload(opportunity)
    private_files.storage().delete(file.storage_name)

    assert rep_client.get(url("download", file)).status_code == 404
    assert tab(rep_client, opportunity).status_code == 200


# Hostile files


REFUSED = {what: file for what, file in hostile_files.CORPUS.items() if file[2]}
SERVED = {what: file[:2] for what, file in hostile_files.CORPUS.items() if not file[2]}


@pytest.mark.sweep
def test_a_hostile_file_is_refused_with_a_sentence(rep_client, opportunity, settings, subtests):
    settings.UPLOAD_MAX_BYTES = 2_500_000
    form = open_form(rep_client, opportunity)

    for what, (name, content, sentence) in REFUSED.items():
        with subtests.test(what), unchanged():
            response = rep_client.generic("POST", form.action, *body_of(form, name, content))

            assert response.status_code == 422
            assert sentence in html(response)
            assert "was not uploaded" in html(response)
            assert list(private_files.every_name()) == []


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "content"), SERVED.values(), ids=SERVED)
def test_a_hostile_file_that_is_taken_is_served_harmlessly(rep_client, opportunity, settings, name, content):
    settings.UPLOAD_MAX_BYTES = 2_500_000
    form = open_form(rep_client, opportunity)

    response = rep_client.generic("POST", form.action, *body_of(form, name, content))

    assert response.status_code == 303
    assert tab(rep_client, opportunity).status_code == 200
    file = opportunity.attachments.get()
    answer = rep_client.get(url("download", file))
    assert b"".join(answer) == content
    assert_harmless(answer, file.name)


def body_of(form, name, content):
    """The body of the form with one file, whose name is sent byte for byte, and its type."""
    entries = [
        f'form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in form.fields.items() if key != "add-file"
    ]
    quoted = name.replace('"', "%22").replace("\r\n", "%0D%0A").encode()
    entries.append(b'form-data; name="add-file"; filename="' + quoted + b'"\r\n\r\n' + content)
    parts = b"".join(b"--limit-1\r\nContent-Disposition: " + each + b"\r\n" for each in entries)
    return parts + b"--limit-1--\r\n", "multipart/form-data; boundary=limit-1"


def assert_harmless(answer, name):
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] in ("application/pdf", "image/png", "image/jpeg", "image/gif")
    assert not re.search(r"[/\\\x00-\x1f\u200b\u202e\u2060]", name)
    assert name.rpartition(".")[2] in answer["Content-Type"].replace("jpeg", "jpg")


# In Norwegian


def test_the_tab_in_norwegian(opportunity, client_of, rep):
    first = upload(opportunity, kind="final_proposal")
    upload(opportunity, kind="final_proposal", version_of=first)
    client = client_of(rep)
    client.cookies["django_language"] = "nb"

    page = html(tab(client, opportunity))

    for said in ("Filer", "Endelig forslag", "Versjon 2", "1 tidligere versjon", "Ny versjon", "Last opp"):
        assert said in page
    assert "lastet opp filen" in html(client.get(opportunity.get_absolute_url()))
