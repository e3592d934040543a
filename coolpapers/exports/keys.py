"""Papers → their keys, one a line: what another program, or an address of chosen papers, takes."""

from coolpapers.exports.sheet import Sheet


def write_keys(sheet: Sheet) -> str:
    """The keys in the list's order."""
    return "".join(f"{paper.key}\n" for paper in sheet.papers)
