"""The board: the open opportunities of a process, a lane for each stage. The list and the board show one filter.

`lanes` reads, `moves` moves a card by the functions of the stage page, `drawn` writes what a move, or what
others changed, changes on the page.
"""
