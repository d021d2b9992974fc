"""Pages used without JavaScript: find a form, change some of its fields, press one of its buttons."""

import re
from html.parser import HTMLParser

from django.http import QueryDict
from django.test import Client

from opportunities.models import Opportunity
from salesflow import once
from tests.support import reference_model
from tests.support.factories import stage

FORM_ELEMENT = re.compile(r"""(<form\b(?:"[^"]*"|'[^']*'|[^'">])*>)(.*?(?:</form>|\Z))""", re.DOTALL)


class Form(HTMLParser):
    """The fields of one form of a page, as a browser would send them, by the form's `action`."""

    def __init__(self, response, action):
        super().__init__()
        self.action = action
        self.is_inside = self.is_found = False
        self.fields = QueryDict(mutable=True)
        self.buttons = {}
        self.hidden = set()
        self.textarea = self.select = self.button = None
        for tag, content in FORM_ELEMENT.findall(response.content.decode()):  # the rest of the page takes long to parse
            self.feed(tag)
            if self.is_inside:
                self.feed(content)
        assert self.is_found, f"no form posts to {action}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.is_inside = given.get("action") == self.action and given.get("method") == "post"
            self.is_found = self.is_found or self.is_inside
        if not self.is_inside:
            return
        if tag == "input":
            self._input(given)
        elif tag == "textarea":
            self.textarea = given["name"]
            self.fields[self.textarea] = ""
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and "selected" in given:
            self.fields[self.select] = given.get("value", "")
        elif tag == "button":
            self.button = given

    def _input(self, given):
        if "name" not in given or given.get("type") == "submit":
            return
        if given.get("type") == "hidden":
            self.hidden.add(given["name"])
        is_box = given.get("type") in ("checkbox", "radio")
        if not is_box or "checked" in given:
            self.fields.appendlist(given["name"], given.get("value", "on" if is_box else ""))

    def handle_data(self, data):
        if self.textarea:
            self.fields[self.textarea] += data
        if self.button is not None and data.strip():
            self.buttons[data.strip()] = self.button

    def handle_endtag(self, tag):
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.textarea:
            self.fields[self.textarea] = self.fields[self.textarea].removeprefix("\n")
            self.textarea = None
        elif tag == "select":
            self.select = None
        elif tag == "button":
            self.button = None

    def press(self, client, label, **changes):
        """Changes fields (None: leaves the field out, like an unticked box) and presses the button with this label."""
        for name, value in changes.items():
            if value is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = value
        button = self.buttons[label]
        if "name" in button:
            self.fields[button["name"]] = button.get("value", "")
        return client.post(button.get("formaction") or self.action, self.fields.urlencode(), content_type=FORM)


class PageClient(Client):
    """A client whose posts look like those of a page that was opened just now.

    A dictionary of entries gets the names that every form of a page carries: the version of the opportunity and a new
    token. An entry of the same name replaces them; None leaves one out. A text is posted as it is.
    """

    def post(self, path, data=None, *args, **kwargs):
        if data is None or isinstance(data, dict):
            data = {
                name: value
                for name, value in (_names_of_page(path, data or {}) | (data or {})).items()
                if value is not None
            }
        return super().post(path, data, *args, **kwargs)


MOVES = ("advance", "jump", "back", "finish")


def _names_of_page(path, data):
    """A button of a move without the stage of a panel comes without the panel: it carries no more than it was given."""
    found = re.fullmatch("/opportunities/[0-9]+/([a-z]+)/", path)
    button = found[1] if found else ""
    if button in MOVES and "stage" not in data:
        return {}
    ticks = {"ticks": " ".join(reference_model.TICKS)} if button in (*MOVES, "save") else {}
    return ticks | _names_of_form(path)


def _names_of_form(path):
    adds_row = path.startswith("/opportunities/") and path.endswith(("/add/", "/version/"))
    prefix = "add-" if adds_row else ""
    names = {f"{prefix}token": once.new_token()}
    found = re.match("/opportunities/([0-9]+)/", path)
    version = found and Opportunity.objects.filter(pk=found[1]).values_list("version", flat=True).first()
    return names if version is None else names | {f"{prefix}version": version}


def panel(client, opportunity, of=None, **query):
    """The form of a stage on the page of the opportunity: of the active one, or of the one with this name."""
    if of:
        query["stage"] = stage(of).pk
    return Form(client.get(opportunity.get_absolute_url(), query), f"{opportunity.get_absolute_url()}save/")


FORM = "application/x-www-form-urlencoded"


def drawn_for(opportunity):
    """The hidden fields in the form of a move on a page that is rendered now."""
    now = Opportunity.objects.get(pk=opportunity.pk)
    return {"from_stage": now.active_stage_id, "page_version": now.version}


def post_drawn(client, path, entries, **kwargs):
    """Posts entries to a page of the admin, with the digest of the row that the page shows now."""
    found = re.search(r'name="page_state" value="([^"]+)"', client.get(path).content.decode())
    return client.post(path, entries | ({"page_state": found[1]} if found else {}), **kwargs)
