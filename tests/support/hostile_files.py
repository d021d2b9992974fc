"""More than sixty hostile files: the name, the content, and words of the sentence that refuses it (None: stored)."""

import io
import struct
import zipfile
import zlib

from PIL import Image

SCRIPT = b"<script>alert(1)</script>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def picture(kind, size=(2, 2)):
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind)
    return written.getvalue()


def packed(**parts):
    """A zip file with these parts; `__` in a name is a slash, `_x_` a dot."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x_", "."), content)
    return written.getvalue()


def document(**parts):
    return packed(**{"[Content_Types]_x_xml": b"<Types/>", "word__document_x_xml": b"<x/>"}, **parts)


def bomb():
    """A document that says that one of its parts unpacks to 600 million bytes."""
    content = bytearray(document(word__media__image1_x_bmp=b"\0" * 1000))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 600_000_000)
    return bytes(content)


def many_parts():
    return packed(**{f"part{number}": b"" for number in range(10_001)})


def far_part():
    """A zip file whose list says that its part begins 2^64 - 1 bytes away."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    whole = written.getvalue()
    listed, end = whole.find(b"PK\x01\x02"), whole.find(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    entry = bytearray(whole[listed:end])
    entry[30:32], entry[42:46] = struct.pack("<H", len(extra)), b"\xff" * 4
    tail = bytearray(whole[end:])
    tail[12:16] = struct.pack("<L", len(entry) + len(extra))
    return whole[:listed] + bytes(entry) + extra + bytes(tail)


def png_bomb():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


def compound(*entries):
    return OLE + b"\0" * 504 + b"\0".join(entry.encode("utf-16-le") for entry in entries)


PDF = b"%PDF-1.7\n%%EOF"
UNKNOWN, WEB, MACROS, ARCHIVE, PROGRAM = "no type", "web page", "macros", "archive", "program or a script"

CORPUS = {
    # double and false endings
    "a program named as a PDF": ("invoice.pdf", b"MZ\x90\0" + b"\0" * 60, UNKNOWN),
    "a PDF named as a program": ("invoice.pdf.exe", PDF, None),
    "a PDF with two endings": ("invoice.exe.pdf", PDF, None),
    "an ELF program": ("tool", b"\x7fELF\x02\x01\x01" + b"\0" * 60, UNKNOWN),
    "a Java class": ("a.txt", b"\xca\xfe\xba\xbe\0\0\0\x34", UNKNOWN),
    "a shell script": ("run.sh", b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    "a shell script named as a text": ("run.txt", b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    "a batch file": ("run.bat", b"@echo off\r\nformat c:\r\n", PROGRAM),
    "JavaScript": ("a.js", b"alert(1)", PROGRAM),
    "PowerShell": ("a.ps1", b"Remove-Item C:\\", PROGRAM),
    "a shortcut": ("a.url", b"[InternetShortcut]\nURL=file:///c:/windows\n", PROGRAM),
    "an HTML application": ("a.hta", b"<html><script>1</script>", WEB),
    "PHP": ("a.php", b"<?php system($_GET['c']);", WEB),
    "PHP named as a picture": ("a.php.jpg", b"<?php system($_GET['c']);", WEB),
    "Python": ("a.py", b"import os\n", PROGRAM),
    # pages and pictures with scripts
    "HTML": ("a.html", b"<!DOCTYPE html><html>" + SCRIPT, WEB),
    "HTML as png": ("a.png", b"<html>" + SCRIPT, WEB),
    "HTML as text": ("a.txt", b"  \n<HTML>" + SCRIPT, WEB),
    "HTML as csv": ("a.csv", b"a,b\n<script>alert(1)</script>,c\n", WEB),
    "HTML in UTF-16": ("a.txt", ("<html>" + SCRIPT.decode()).encode("utf-16"), WEB),
    "SVG with a script": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', WEB),
    "SVG as png": ("a.png", b'<?xml version="1.0"?><svg onload="alert(1)"/>', WEB),
    "SVG after a comment": ("a.txt", b"<!-- x --><svg onload=alert(1)>", WEB),
    "XML with an entity": (
        "a.xml",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc">]>',
        WEB,
    ),
    "a style sheet for XML": ("a.xsl", b"<xsl:stylesheet/>", WEB),
    # polyglots
    "a GIF that is JavaScript": ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", None),
    "a PNG with HTML after it": ("a.png", picture("PNG") + b"<html>" + SCRIPT, None),
    "a JPEG with PHP after it": ("a.jpg", picture("JPEG") + b"<?php 1;", None),
    "a JPEG with a zip after it": ("a.jpg", picture("JPEG") + packed(a=b"b"), None),
    "a PDF with HTML after it": ("a.pdf", PDF + b"<html>" + SCRIPT, None),
    "a PDF after HTML": ("a.pdf", b"<html>" + SCRIPT + PDF, WEB),
    "a PDF with a script": ("a.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", None),
    "a zip after a text": ("a.txt", b"Hello\n" + packed(a=b"b"), UNKNOWN),
    # archives and bombs
    "a zip": ("a.zip", packed(a_x_txt=b"Hello"), ARCHIVE),
    "a zip as docx": ("a.docx", packed(a_x_exe=b"MZ"), ARCHIVE),
    "a jar": ("a.jar", packed(META_INF__MANIFEST_x_MF=b"Main-Class: a"), ARCHIVE),
    "a document that is a bomb": ("a.docx", bomb(), "unpacks"),
    "an archive of 10,001 files": ("a.xlsx", many_parts(), "unpacks"),
    "a zip with a part far away": ("a.odt", far_part(), "cannot be read"),
    "a broken zip": ("a.docx", packed(a=b"b")[:20], "cannot be read"),
    "a PNG that is a bomb": ("a.png", png_bomb(), None),
    "gzip": ("a.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", UNKNOWN),
    "7z": ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04", UNKNOWN),
    "rar": ("a.rar", b"Rar!\x1a\x07\x01\0", UNKNOWN),
    # documents with macros and passwords
    "a document with macros": ("a.docm", document(word__vbaProject_x_bin=b"x"), MACROS),
    "macros named as docx": ("a.docx", document(word__vbaProject_x_bin=b"x"), MACROS),
    "an old document with macros": ("a.doc", compound("WordDocument", "_VBA_PROJECT"), MACROS),
    "a document with a password": ("a.docx", compound("EncryptedPackage"), "password"),
    "an installer": ("a.msi", compound("Property"), UNKNOWN),
    # sizes
    "nothing": ("a.pdf", b"", "empty"),
    "zeros": ("a.txt", b"\0" * 1000, UNKNOWN),
    "one byte": ("a.pdf", b"%", PROGRAM),
    "too much": ("a.pdf", b"%PDF-" + b"0" * 3_000_000, "may have"),
    # names
    "a name with a path": ("../../../etc/passwd.pdf", PDF, None),
    "a name with a path of Windows": ("C:\\Windows\\system32\\a.pdf", PDF, None),
    "a name with a line end": ("a\r\nSet-Cookie: b=c\r\n.pdf", PDF, None),
    "a name with bidi controls": ("offer\u202efdp.exe.pdf", PDF, None),
    "a name with a NUL": ("a.exe\0.pdf", PDF, None),
    "a name of 255 bytes": ("Ø" * 125 + "x.pdf", PDF, None),
    "a name of 700 characters": ("x" * 700 + ".pdf", PDF, "too long"),
    "a name with markup": ('"><img src=x onerror=alert(1)>.pdf', PDF, None),
    "a name of dots": ("..", PDF, None),
    "a name that cannot be seen": ("\u200b\u2060.pdf", PDF, None),
}
