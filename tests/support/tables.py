"""Files with tables, for tests of imports: CSV in any dialect, XLSX, and ODS."""

import csv
import datetime
import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def csv_file(rows, *, encoding="utf-8", delimiter=",", quote='"', ends="\r\n"):
    written = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if ends == "\r" else csv.QUOTE_MINIMAL  # the writer leaves a \n unquoted then
    csv.writer(written, delimiter=delimiter, quotechar=quote, lineterminator=ends, quoting=quoting).writerows(rows)
    return io.BytesIO(written.getvalue().encode(encoding))


def text_file(text, encoding="utf-8"):
    return io.BytesIO(text.encode(encoding))


def xlsx_file(*sheets, names=(), hidden=()):
    """A spreadsheet with these sheets, each a list of rows. The sheets with the places `hidden` are hidden."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        day, moment = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
        for place, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[place] if names else None)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime.datetime):
                        sheet.write_datetime(number, column, cell, moment)
                    elif isinstance(cell, datetime.date):
                        sheet.write_datetime(number, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell)
            if place in hidden:
                sheet.hide()
    written.seek(0)
    return written


def ods_file(*sheets, names=()):
    tables = "".join(
        f"<table:table table:name={quoteattr(names[place] if names else f'Sheet{place + 1}')}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for place, rows in enumerate(sheets)
    )
    return ods_of(tables)


def ods_of(tables):
    """An ODS file with this XML in its body."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return zipped({"mimetype": ODS_TYPE, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_cell(cell):
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
    if isinstance(cell, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    if isinstance(cell, datetime.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def zipped(parts):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, how)
    written.seek(0)
    return written
