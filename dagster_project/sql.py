"""Texts and names in a piece of SQL.

Belongs here: how SQL quotes. Does not belong here: any query.
"""


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
