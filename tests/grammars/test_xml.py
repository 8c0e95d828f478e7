"""xml.lark and xml_elements.lark against XML 1.0 and Expat, on the files of Python's own XML tests."""

from __future__ import annotations

import re

import pytest

from tests.grammars.oracles import is_valid_xml, is_valid_xml_elements
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "<a/>",
    "<a></a >",
    '<?xml version="1.0"?>\n<greeting>Hello, world!</greeting>\n',
    "<?xml version='1.0' encoding='utf-8' standalone='yes' ?><!-- c --><!DOCTYPE a SYSTEM \"hello.dtd\" ><a/><?p i?>",
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/xhtml1-strict.dtd"><html/>',
    "<a b='1'\tc = \"&lt;'>\"><x:y/>t &amp; <![CDATA[<&]] >]]]]>]] ></a>",
    "<a>&#9;&#x10FFFF;&#0065;&#xD7ff;</a>",
    "<a><?xml-stylesheet href='?'?><?p ?><?xmlx ??></a>",
    "<é.-·1>日本</é.-·1>",
    "<a><!----><!-- - --></a>",
]
_REJECTED = [
    "",
    "a",
    "<a>",
    "</a>",
    "<a/><b/>",
    "<a/>b",
    "< a/>",
    "<a / >",
    "<a></ a>",
    "<1/>",
    "<-a/>",
    "<a b/>",
    "<a b=c/>",
    "<a b='<'/>",
    "<a b='&'/>",
    "<a b='1'c='2'/>",
    "<a b=\"'/>",
    "<a>&</a>",
    "<a>&b;</a>",
    "<a>&#0;</a>",
    "<a>&#xFFFE;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a>&#X41;</a>",
    "<a>]]></a>",
    "<a>\x00</a>",
    "<a>\x1f</a>",
    "<a>\uffff</a>",
    "<a><![CDATA[ ]]>]]></a>",
    "<![CDATA[a]]>",
    "<a><!-- -- --></a>",
    "<a><!-- ---></a>",
    "<a><?xml version='1.0'?></a>",
    "<a><?XML?></a>",
    "<a>< /a>",
    " <?xml version='1.0'?><a/>",
    "<?xml version='1.0'?>",
    "<?xml encoding='UTF-8'?><a/>",
    "<?xml version='1.0' standalone='maybe'?><a/>",
    "<!DOCTYPE><a/>",
    "<!DOCTYPE a PUBLIC '{'  ''><a/>",
    "<a/><!DOCTYPE a>",
]

_BOOK = '<library><book id="b1"><title>A</title></book></library>'
_ELEMENTS_ACCEPTED = [
    "<library></library>",
    _BOOK,
    '\n<library >\n <book  id = "b1" >\n  <title lang="en-GB">A &amp; B</title >\n </book>\n</library>\n',
    _BOOK.replace("</title>", '</title><author>X</author><author></author><year>1815</year><cover href="&lt;"/>'),
]
_ELEMENTS_REJECTED = [
    "",
    "<library>",
    "<library/>",
    "<library></book>",
    "<library><title>A</title></library>",
    _BOOK.replace("</title>", "</author>"),
    _BOOK.replace(' id="b1"', ""),
    _BOOK.replace(' id="b1"', ' id="1"'),
    _BOOK.replace(' id="b1"', ' id="b1" id="b2"'),
    _BOOK.replace(' id="b1"', 'id="b1"'),
    _BOOK.replace(">A<", ">&<"),
    _BOOK.replace(">A<", "><b/><"),
    _BOOK.replace("<title>A</title>", "<year>1</year>"),
    _BOOK + _BOOK,
    _BOOK.replace("</title>", "</title>x"),
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("xml.lark", text)
    assert is_valid_xml(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("xml.lark", text)


@pytest.mark.parametrize("text", _ELEMENTS_ACCEPTED)
def test_given_elements_accepted(text: str) -> None:
    assert accepts("xml_elements.lark", text)
    assert is_valid_xml_elements(text)
    assert accepts("xml.lark", text)


@pytest.mark.parametrize("text", _ELEMENTS_REJECTED)
def test_given_elements_rejected(text: str) -> None:
    assert not accepts("xml_elements.lark", text)


def test_references_are_to_the_characters_of_xml() -> None:
    ends = [0x9, 0x20, 100, 1_000, 0x1000, 10_000, 0xD7FF, 0xE000, 0xFFFD, 100_000, 1_000_000, 0x10FFFF]
    for code in {end + step for end in ends for step in range(-12, 13) if end + step >= 0}:
        for reference in (f"&#{code};", f"&#x{code:X};", f"&#x00{code:x};"):
            text = f"<a>{reference}</a>"
            assert accepts("xml.lark", text) == is_valid_xml(text), text


def test_files_that_come_with_python_and_packages_are_accepted() -> None:
    accepted = 0
    for path, text in texts(".xml", at_least=20, max_bytes=5_000):
        encoding = re.match(r"<\?xml[^>]*encoding=.(?!utf-8)", text, re.IGNORECASE)
        if not is_valid_xml(text) or encoding or text.startswith("\ufeff") or re.search(r"<!DOCTYPE[^>]*\[", text):
            continue
        assert accepts("xml.lark", text), path
        accepted += 1
    assert accepted >= 20


def test_random_texts_are_valid() -> None:
    for text in sentences("xml.lark", 300):
        assert is_valid_xml(text), text


def test_random_texts_of_given_elements_are_valid() -> None:
    for text in sentences("xml_elements.lark", 300):
        assert is_valid_xml_elements(text), text
