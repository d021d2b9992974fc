"""Hides tasks in the admin: a task only shows that a worker was woken."""

from django.contrib import admin
from django_tasks_db import admin as tasks_admin  # noqa: F401 - it registers what is unregistered below
from django_tasks_db.models import DBTaskResult

admin.site.unregister(DBTaskResult)
