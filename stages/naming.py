"""Warns of unclear names of processes, stages, steps and reasons, and sorts processes for the reader."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from salesflow.folding import sort_text
from stages.models import Process

LANGUAGES = ("en", "nb")


class WarnsOfUnclearNames:
    """Base of an admin page of bilingual rows. Shows warnings about the names after a save."""

    def rows_to_compare(self, row: Any) -> Iterable[Any]:
        """The rows among which a reader chooses this one."""
        raise NotImplementedError

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        saved = [[form.instance] if form.has_changed() else []]
        saved += [[*formset.new_objects, *(row for row, _fields in formset.changed_objects)] for formset in formsets]
        sentences = [sentence for rows in saved if rows for sentence in warnings(rows, self.rows_to_compare(rows[0]))]
        for sentence in dict.fromkeys(sentences):
            self.message_user(request, sentence, messages.WARNING)  # type: ignore[attr-defined]


class ProcessFilter(admin.RelatedFieldListFilter):
    """A filter that lists the processes by their names in the reader's language."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        processes = sorted(Process.objects.all(), key=lambda process: process.place)
        return [(process.pk, process.name) for process in processes]


def warnings(saved: Sequence[Any], others: Iterable[Any]) -> list[str]:
    """A sentence for each saved row without a Norwegian name, and for each name that two rows share.

    Ignores archived rows.
    """
    used = [row for row in saved if not row.is_archived]
    all_used = [row for row in others if not row.is_archived]
    counts = {language: Counter(_key(row, language) for row in all_used) for language in LANGUAGES}
    missing = [_without_norwegian(row) for row in used if not row.name_nb]
    shared = [_shared(row, each) for row in used for each in LANGUAGES if counts[each][_key(row, each)] > 1]
    return [*missing, *dict.fromkeys(shared)]


def _key(row: Any, language: str) -> str:
    return sort_text(row.in_language("name", language))


def _without_norwegian(row: Any) -> str:
    sentence = _("“%(name)s” has no Norwegian name. Norwegian readers see the English one.")
    return sentence % {"name": row.name_en}


def _shared(row: Any, language: str) -> str:
    sentence = _("Several %(things)s are called “%(name)s”. Readers cannot tell them apart.")
    return sentence % {"things": row._meta.verbose_name_plural, "name": row.in_language("name", language)}
