from django.urls import path

from opportunities.import_pages import (
    columns_page,
    history_page,
    preview_page,
    reading_page,
    refused_file,
    report_page,
    starting,
    template_files,
    values_page,
)

urlpatterns = [
    path("import/", starting.imports, name="imports"),
    path("import/new/", starting.import_new, name="import_new"),
    path("import/templates/<str:noun>/<str:content>/", template_files.import_template, name="import_template"),
    path("import/<int:run>/", report_page.import_run, name="import_run"),
    path("import/<int:run>/discard/", starting.import_discard, name="import_discard"),
    path("import/<int:run>/reading/", reading_page.import_reading, name="import_reading"),
    path("import/<int:run>/columns/", columns_page.import_columns, name="import_columns"),
    path("import/<int:run>/values/", values_page.import_values, name="import_values"),
    path("import/<int:run>/stages/", history_page.import_history, name="import_history"),
    path("import/<int:run>/stages/remove/", history_page.import_history_remove, name="import_history_remove"),
    path("import/<int:run>/mapping/", preview_page.import_mapping, name="import_mapping"),
    path("import/<int:run>/preview/", preview_page.import_preview, name="import_preview"),
    path("import/<int:run>/start/", preview_page.import_start, name="import_start"),
    path("import/<int:run>/stop/", report_page.import_stop, name="import_stop"),
    path("import/<int:run>/on/", preview_page.import_go_on, name="import_go_on"),
    path("import/<int:run>/refused/", refused_file.import_refused, name="import_refused"),
    path("import/<int:run>/ask/", report_page.import_ask, name="import_ask"),
    path("import/<int:run>/approve/", report_page.import_approve, name="import_approve"),
    path("import/<int:run>/decline/", report_page.import_decline, name="import_decline"),
    path("import/<int:run>/undo/", report_page.import_undo, name="import_undo"),
]
