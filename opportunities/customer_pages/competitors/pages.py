"""The pages of competitors."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opportunities.customer_pages.competitors.filters import CompetitorFilter
from opportunities.customer_pages.competitors.forms import CompetitorPageForm
from opportunities.customer_pages.pages import CustomerPages, Texts
from opportunities.customers.models import Competitor
from opportunities.money import grouped

TEXTS = Texts(
    title=_("Competitors"),
    new=_("New competitor"),
    created=_("Competitor created."),
    edit=_("Edit competitor"),
    none_yet=_("No competitors yet"),
    belongs_here=_(
        "Describe who else sells to your customers. Competitors that you add to an opportunity come here, too."
    ),
    nothing_found=_("No competitor has a name like that."),
    filter=_("Filter competitors"),
    archived=_("It stays on the opportunities where you meet it, with its figures. It is not offered for new ones."),
    counted=lambda number: (
        ngettext("%(total)s competitor", "%(total)s competitors", number) % {"total": grouped(number)}
    ),
)

COMPETITORS = CustomerPages(
    model=Competitor,
    new_form=CompetitorPageForm,
    edit_form=CompetitorPageForm,
    filter=CompetitorFilter,
    texts=TEXTS,
    rows=lambda: Competitor.objects.only("name", "website", "sort_text", "is_archived"),
)
