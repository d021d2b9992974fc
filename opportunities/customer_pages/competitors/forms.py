"""The form of a competitor."""

from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages.forms import CustomerForm, pair
from opportunities.customers.models import Competitor
from opportunities.forms import fields


class CompetitorPageForm(CustomerForm):
    model = Competitor
    layout = (
        "name",
        "website",
        "description",
        pair("strengths", "weaknesses"),
        pair("opportunities", "threats"),
        "key_products",
    )

    name = fields.LineField(error_messages={"required": _("Give the competitor a name.")})
    website = fields.WebsiteField(required=False)
    description = fields.TextField(required=False)
    strengths = fields.TextField(required=False)
    weaknesses = fields.TextField(required=False)
    opportunities = fields.TextField(required=False)
    threats = fields.TextField(required=False)
    key_products = fields.TextField(required=False)
