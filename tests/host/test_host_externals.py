"""The folder of external manifests: what is none is passed over, and a damaged one is named."""

import pytest

from host.externals import ExternalDamaged, ExternalsFolder

ID = "a" * 64


def test_only_files_named_by_an_id_are_manifests(tmp_path):
    for name in (f"{ID}.json", f"{ID} (copy).json", f"{ID}.txt", f"{'A' * 64}.json", "notes.json"):
        (tmp_path / name).write_text("{}")
    assert ExternalsFolder(tmp_path).ids() == [ID]
    assert ExternalsFolder(tmp_path / "nowhere").ids() == []


@pytest.mark.parametrize("damage", ["", "{}", "not JSON"])
def test_a_damaged_manifest_is_named_where_it_is_wanted_and_else_passed_over(tmp_path, damage):
    (tmp_path / f"{ID}.json").write_text(damage)
    with pytest.raises(ExternalDamaged, match=ID):
        ExternalsFolder(tmp_path).load(ID)
    assert ExternalsFolder(tmp_path).readable([ID]) == []
