"""The users with their clients, the customers, and what a browser posts about them."""

from urllib.parse import urlencode

from django.test import Client
from django.urls import resolve

from salesflow.users.models import SALES_MANAGER, Unit, User
from tests.support import factories, reference_model
from tests.support.machine.names import ACCOUNTS, COMPETITORS, DETAILS, NO_ROLE, PEOPLE, POSTED, RELATIONS
from tests.support.pages import FORM


class SampleData:
    """The users with their clients, and the customers. They are made once, before the examples."""

    def __init__(self):
        names = ("rep", "mate", "outsider")
        self.users = {name: factories.UserFactory(username=name) for name in names}
        self.users["manager"] = factories.UserFactory(username="manager", role=SALES_MANAGER)
        self.users["no_role"] = factories.UserFactory(username="no_role", role=None)
        self.users["root"] = User.objects.create_superuser("root")
        unit = factories.UnitFactory()  # the manager sees all, as all managers of this moment
        self.users["lead"] = factories.UserFactory(username="lead", role=SALES_MANAGER)
        Unit.objects.filter(pk=unit.pk).update(lead=self.users["lead"])
        User.objects.update(unit=unit)
        self.clients = {name: Client() for name in PEOPLE}
        for name, user in self.users.items():
            self.clients[name].force_login(user)
        self.accounts = {name: factories.AccountFactory(name=name) for name in ACCOUNTS}
        self.contacts = {
            name: factories.ContactFactory(name=name, account=self.accounts.get(account))
            for name, account in reference_model.ACCOUNT_OF.items()
        }
        self.competitors = {name: factories.CompetitorFactory(name=name) for name in COMPETITORS}
        self.stages = [factories.stage(name) for name in factories.STAGES]
        self.steps = {name: factories.step(name).pk for name in reference_model.FIELDS}
        self.first = {noun: dict(getattr(self, noun)) for noun in ("accounts", "contacts", "competitors")}

    def begin(self):
        """The customers of the beginning of an example. Merges and erasures add others."""
        for noun, rows in self.first.items():
            setattr(self, noun, dict(rows))
        self.erased = set()

    def add_contact(self, name):
        self.contacts[name] = factories.ContactFactory(name=name)

    def contact_names(self):
        """The names of all contacts of the machine, by id. An erased one has the name of before."""
        return {row.pk: name for name, row in self.contacts.items()}

    def post(self, who, where, posted, headers=None):
        assert resolve(where).url_name in POSTED, where
        client = self.clients[who]
        client.cookies.pop("messages", None)
        return client.post(where, urlencode(posted, doseq=True), content_type=FORM, headers=headers)

    def upload(self, who, where, posted, files):
        assert resolve(where).url_name in POSTED, where
        client = self.clients[who]
        client.cookies.pop("messages", None)
        return client.post(where, posted | {"add-file": files})

    def get(self, who, where):
        return self.clients[who].get(where)

    # Posted fields

    def form_value(self, name, value):
        rows = {"contact": self.contacts, "account": self.accounts, "owner": self.users}.get(name)
        if rows and value is not None:
            return str(rows[value].pk)
        return "" if value is None else str(value)

    def close_date(self, opportunity):
        """The posted close date, as the page shows it."""
        return {"estimated_close_date": str(opportunity.close_on or "")}

    def entries(self, values):
        """The posted fields. A tick that is off is not posted."""
        sent = {name: "on" if value is True else self.form_value(name, value) for name, value in values.items()}
        return {name: text for name, text in sent.items() if values[name] is not False}

    def choice(self, table, subject):
        """The posted choice of a picker: an id, or `new`."""
        rows = {"stakeholder": self.contacts, "competitor": self.competitors, "team_member": self.users}[table]
        return str(rows[subject].pk) if subject in rows else "new"

    def details(self, table, details):
        """The posted details of a child row. A box that is off is not posted."""
        posted = dict(zip(DETAILS[table], details, strict=True))
        return {name: value for name, value in posted.items() if value != NO_ROLE}

    def inlines(self, page, lines, removed, added):
        """The rows of a page of the admin: the rows that it shows, and an added row."""
        posted = {}
        for table, (prefix, column) in RELATIONS.items():
            rows = page.rows[table]
            sent = [{"id": str(rows[name]), **self.details(table, lines[table][name])} for name in rows]
            for line, name in zip(sent, rows, strict=True):
                line |= {"DELETE": "on"} if (table, name) in removed else {}
            if added and added[0] == table:
                sent.append({column: self.choice(table, added[1]), **self.details(table, added[2])})
            posted |= {f"{prefix}-TOTAL_FORMS": str(len(sent)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
            posted |= {
                f"{prefix}-{place}-{name}": value for place, line in enumerate(sent) for name, value in line.items()
            }
        unused = {f"{relation}-{count}_FORMS": "0" for relation in UNUSED for count in ("TOTAL", "INITIAL")}
        return posted | unused


UNUSED = ("notes", "tasks", "attachments")
"""The child tables that the machine does not change in the admin."""
