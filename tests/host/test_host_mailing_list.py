"""Lists of members as people keep them: which rows are read, and that a bad one is named by its number only."""

import pytest

from host.mailing_list import MailingListError, read_mailing_list, rows_in_words

LANGUAGES = ("en", "es")


@pytest.fixture
def read(tmp_path):
    def reading(content, language="en"):
        path = tmp_path / "members.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_mailing_list(path, LANGUAGES, language)

    return reading


def rows(list_):
    return [(one.row, one.address.mailbox, one.language) for one in list_.recipients]


@pytest.mark.parametrize(
    "content",
    [
        "ana@m.example\nben@m.example\n",
        "ana@m.example\r\nben@m.example",
        "\ufeffana@m.example\nben@m.example\n",
        "ana@m.example,Ana\nben@m.example,Ben\n",
        '"ana@m.example";"López, Ana"\n"ben@m.example";"Ben"\n',
        "ana@m.example\tAna\nben@m.example\tBen\n",
        "ana@m.example,L\xf3pez\nben@m.example,Ben\n".encode("latin-1"),
        " ana@m.example ,x\n ben@m.example\n",
    ],
)
def test_addresses_are_read_from_the_first_column(read, content):
    assert rows(read(content)) == [(1, "ana@m.example", "en"), (2, "ben@m.example", "en")]


def test_a_heading_says_where_address_and_language_are_and_rows_count_as_in_a_spreadsheet(read):
    content = 'Name,Address,Language\nAna,ana@m.example,ES\n\nBen,ben@m.example,\n"C\nem",cem@M.example,en\n'
    assert rows(read(content, "es")) == [
        (2, "ana@m.example", "es"),
        (4, "ben@m.example", "es"),
        (5, "cem@m.example", "en"),
    ]


@pytest.mark.parametrize(
    "heading", ["E-mail,Name", "mail_address,First name", "Dirección,Año", "Größe;Name", "Adresse,"]
)
def test_another_heading_leaves_the_first_column(read, heading):
    for coding in ("utf-8", "latin-1"):
        row = "ana@m.example;Ana" if ";" in heading else "ana@m.example,Ana"
        assert rows(read(f"{heading}\n{row}\n".encode(coding))) == [(2, "ana@m.example", "en")]


def test_a_mailbox_gets_one_mail_however_it_is_written(read):
    list_ = read("ana@m.example\nANA@M.Example\nben@m.example\nana+work@m.example\nben@n.example\n")
    assert rows(list_) == [(1, "ana@m.example", "en"), (3, "ben@m.example", "en"), (5, "ben@n.example", "en")]
    assert list_.repeated == (2, 4)


def test_going_on_from_a_row_skips_all_above_it_and_what_repeats_them(read):
    list_ = read("ana@m.example\nben@m.example\nana@m.example\ncem@m.example\n").from_row(2)
    assert rows(list_) == [(2, "ben@m.example", "en"), (4, "cem@m.example", "en")]
    assert list_.repeated == (3,)
    with pytest.raises(MailingListError, match="--from-row"):
        list_.from_row(5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ana5150@m.example\nben5150\n", "row 2"),
        ("ana5150.m.example\nben@m.example\n", "row 1"),
        ("ana5150.m.example,Ana\nben5150.m.example,Ben\ncem@m.example,Cem\n", "rows 1-2"),
        ("ana at m.example\nben@m.example\n", "row 1"),
        ("address,language\nana5150@m.example,fr\n", "row 2"),
        ("ana5150@m.example\nben5150@\n@5150\nx y5150@m.example\ncem@m.example\nd5150@m\n", "rows 2-4, 6"),
        ("address,name\n,Ana5150\n", "row 2"),
        ("ana5150@m.example\nben5150@m.example\x0bBcc: x@m.example\n", "row 2"),
        ('ana5150@m.example\n"ben5150@m.example\nBcc: cem@m.example"\n', "row 2"),
        ("n\xe4me5150@m.example\n", "row 1"),
        ("name\n", "below the heading"),
        ("", "no mail address"),
        ("\n\n,\n", "no mail address"),
        (b"PK\x03\x04\x00\x00ana5150@m.example", "CSV"),
    ],
)
def test_a_bad_list_is_refused_by_row_number_and_nothing_is_repeated(read, content, said):
    with pytest.raises(MailingListError) as caught:
        read(content)
    assert said in str(caught.value)
    assert "5150" not in str(caught.value)


def test_a_list_that_cannot_be_read_is_said(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(MailingListError, match="cannot be read"):
            read_mailing_list(path, LANGUAGES, "en")


def test_a_recipient_prints_without_the_address(read):
    assert "ana" not in repr(read("ana@m.example\n"))


@pytest.mark.parametrize(
    ("numbers", "words"), [([7], "row 7"), ([9, 7], "rows 7, 9"), ([7, 8, 9, 12], "rows 7-9, 12"), ([1, 2], "rows 1-2")]
)
def test_rows_are_named_shortly(numbers, words):
    assert rows_in_words(numbers) == words
