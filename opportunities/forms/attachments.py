"""The forms that upload files, and that change and remove one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from opportunities.editing import attachments, file_types, stored_files
from opportunities.editing import children as tables
from opportunities.editing.file_types import FileType, TypeRefused
from opportunities.editing.stored_files import StoredFile
from opportunities.forms import children, fields
from opportunities.models import Attachment, Opportunity
from salesflow import uploads
from salesflow.uploads import Upload

KIND_MISSING = gettext_lazy("Choose one of the kinds listed.")


@dataclass(frozen=True)
class Accepted:
    """A file that may be stored, with its name as it will be shown."""

    upload: Upload
    name: str
    file_type: FileType


class _Kind(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Attachment.Kind.choices,
        initial=Attachment.Kind.OTHER,
        error_messages={"required": KIND_MISSING, "invalid_choice": KIND_MISSING},
    )


class UploadForm(_Kind, children.ChildForm):
    """Uploads files, or a new version of `version_of`. Of several files, those that are refused are left out.

    `accepted` are those to store, `refused` has a sentence for each other one.
    """

    prefix = "add"
    creates = True
    table = tables.ATTACHMENT
    file = fields.FilesField(label=gettext_lazy("Files"))

    def __init__(self, *args: Any, version_of: Attachment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version_of = version_of
        self.accepted: list[Accepted] = []
        self.refused: list[str] = []
        self.said = ""
        if version_of:
            self.fields["file"] = fields.FilesField(label=gettext_lazy("File"), is_single=True)
            self.initial.setdefault("kind", version_of.kind)
        most = _("At most %(size)s.") if version_of else _("At most %(size)s a file, %(count)d files at once.")
        limits = {"size": filesizeformat(settings.UPLOAD_MAX_BYTES), "count": uploads.MOST_FILES}
        self.fields["file"].help_text = most % limits
        accept = ",".join(f".{ending}" for ending in file_types.ENDINGS)
        self.fields["file"].widget.attrs["accept"] = accept
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        self.helper.layout = Layout(*hidden, "file", "kind")

    def clean_file(self) -> list[Upload]:
        sent: list[Upload] = self.cleaned_data["file"]
        for upload in sent:
            try:
                self.accepted.append(_accepted(upload))
            except TypeRefused as refusal:
                name = stored_files.clean_name(upload.sent_name)
                self.refused.append(_("“%(name)s” was not uploaded: %(why)s.") % {"name": name, "why": refusal.why})
        if not self.accepted:
            raise ValidationError(self.refused)
        return sent

    def say_refused(self, stored: str) -> None:
        """Shows why files were left out, after the others were stored. `stored` says so."""
        self.said = stored
        self.add_error("file", self.refused)

    def write_to(self, record: Opportunity, files: Iterable[StoredFile] = ()) -> list[Attachment]:
        kind, version_of = self.cleaned_data["kind"], self.version_of
        return [
            attachments.add(record, file, name=accepted.name, kind=kind, version_of=version_of)
            for accepted, file in zip(self.accepted, files, strict=True)
        ]


def _accepted(upload: Upload) -> Accepted:
    """Refusal: TypeRefused."""
    if not upload.is_kept:
        raise TypeRefused(_why_not_kept(upload))
    name = stored_files.clean_name(upload.sent_name)
    if len(name) > attachments.NAME_LENGTH:
        raise TypeRefused(_("its name is too long"))
    file_type = file_types.type_of(cast(IO[bytes], upload.file), name)
    return Accepted(upload, file_types.with_ending(name, file_type.content_type), file_type)


def _why_not_kept(upload: Upload) -> str:
    if upload.size and upload.size > settings.UPLOAD_MAX_BYTES:
        size, most = filesizeformat(upload.size), filesizeformat(settings.UPLOAD_MAX_BYTES)
        return _("it has %(size)s, and a file may have %(most)s") % {"size": size, "most": most}
    if upload.is_one_too_many:
        return _("only %(count)d files are taken at once") % {"count": uploads.MOST_FILES}
    return _("the server has no room for it at the moment")


class AttachmentForm(_Kind, children.ChangeForm):
    """Changes the name and the kind of a file."""

    table = tables.ATTACHMENT
    name = fields.LineField(
        label=pgettext_lazy("file", "Name"),
        max_length=attachments.NAME_LENGTH,
        error_messages={"required": gettext_lazy("Type a name for the file.")},
    )
    field_order = ("name", "kind")

    def write_to(self, record: Opportunity) -> Attachment:
        row = self._fresh(record)
        return attachments.change(row, **self.entries(row))


class AttachmentRemoveForm(children.RemoveForm):
    """Removes one version of a file, or the file with all its versions."""

    with_earlier = fields.TickField(
        label=gettext_lazy("Earlier versions"),
        widget=fields.TickInput(caption=gettext_lazy("Remove its earlier versions, too")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not (self.row.is_latest and self.row.number > 1):
            del self.fields["with_earlier"]
        self.helper.layout = Layout(*self.fields)

    def write_to(self, record: Opportunity) -> Attachment:
        row: Attachment = self._fresh(record)
        attachments.remove(row, with_earlier=self.cleaned_data.get("with_earlier", False))
        return row
