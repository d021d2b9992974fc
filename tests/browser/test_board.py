"""The board in a browser: drags by mouse and by touch, keys, no JavaScript, and what others move meanwhile."""

BOARD = "/opportunities/board/"
