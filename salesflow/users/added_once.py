"""Makes an add page of the admin save a form only once, even if it is sent twice."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from salesflow import once
from salesflow.users.admin_base import ShowFormAgain


class AddedOnce:
    """Base of an admin page. Put it before the bases that save."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = extra_context
        if object_id is None:
            is_sent = request.method == "POST"
            token = once.posted_token(request.POST) if is_sent else once.new_token()
            context = {**(extra_context or {}), "form_token": token}
            if is_sent:
                return self._added_once(request, form_url, context)
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc]

    def _added_once(self, request: HttpRequest, form_url: str, context: dict[str, Any]) -> Any:
        """The response to the form. A refused form leaves no claim."""
        try:
            with transaction.atomic():
                once.claim(request)
                answer = super().changeform_view(request, None, form_url, context)  # type: ignore[misc]
                if not getattr(request, "is_added", False):
                    raise ShowFormAgain(answer)
                return answer
        except ShowFormAgain as again:
            return again.page
        except once.Repeated as repeated:
            return self._answered_again(request, repeated.done)

    def _answered_again(self, request: HttpRequest, done: once.Done) -> Any:
        page: Any = self
        row = page.model._default_manager.filter(pk=done.location).first()
        if row is None:  # deleted since
            return page.response_post_save_add(request, page.model())
        return super().response_add(request, row)  # type: ignore[misc]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        request.is_added = True  # type: ignore[attr-defined]
        once.remember(request, str(obj.pk))
        return super().response_add(request, obj, post_url_continue)  # type: ignore[misc]
