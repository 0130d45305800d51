"""Reading a release as numbers: nothing that differs is overlooked."""

from audit.reading import read

TABLES = b"""question,by,cohort,rank,answer,share,low,status
,,,,,1.0000,,shown
mood,team,red,,1,,,hidden
"""


def test_every_number_and_word_of_a_table_is_read_under_its_row():
    found = read({"tables.csv": TABLES})

    assert found == {
        "tables.csv size": len(TABLES),
        "tables.csv      share": 1.0,
        "tables.csv      status shown": 1.0,
        "tables.csv mood team red  1 status hidden": 1.0,
    }


def test_a_file_that_comes_to_be_is_read_as_well():
    found = read({"statistics.csv": b"question,statistic,value,status\npay,median,42.5,shown\n"})

    assert found["statistics.csv pay median value"] == 42.5
    assert found["statistics.csv pay median status shown"] == 1.0


def test_every_number_and_short_word_of_a_document_is_read():
    found = read({"measurements.json": b'{"complete": true, "residuals": [{"values": [[3, -4]]}], "kind": "measured"}'})

    assert found["measurements.json complete"] == 1.0
    assert found["measurements.json residuals 0 values 0 0"] == 3.0
    assert found["measurements.json residuals 0 values 0 1"] == -4.0
    assert found["measurements.json kind measured"] == 1.0


def test_of_the_manifest_and_of_files_that_are_no_data_the_size_is_read():
    manifest, page = b'{"manifest": {"epsilon": 3}}', b"<p>12</p>"

    found = read({"manifest.json": manifest, "index.html": page, "release.json": manifest})

    assert found == {"manifest.json size": 28.0, "index.html size": 9.0, "release.json size": 28.0}
