"""The WSGI application loads as gunicorn loads it, in a new process without Django set up."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.django_db  # so that it runs on both: the process loads the driver of DATABASE_URL
def test_the_application_loads_in_a_new_process(tmp_path):
    (tmp_path / "static").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    environment |= {"SECRET_KEY": "used by this test", "HTTPS": "False", "DATA_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", "import salesflow.wsgi"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
