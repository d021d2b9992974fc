"""The second file of an import: which stages each deal was in, since when, and its estimates of then."""

from opportunities.imports.fields import ImportField


FIELDS: dict[str, ImportField] = {}
"""The fields of the second file by name: `external_id`, `stage`, `entered_on`, `estimated_revenue`, `estimated_close_date`."""
