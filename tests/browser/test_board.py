"""The board in a browser: drags by mouse and by touch, keys, no JavaScript, and what others move meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from opportunities.models import Opportunity
from tests.support.actors import Mouse
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    OpportunityFactory,
    fill,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.moves import forward

BOARD = "/opportunities/board/"
