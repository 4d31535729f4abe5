"""What was kept comes back exactly; other work, torn and damaged files are not gone on with."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from verify.errors import VerifyError
from verify.keeping import Kept, decode, encode


@dataclass(frozen=True)
class Piece:
    values: Tensor
    flags: Tensor | None
    name: str


PIECE = Piece(
    torch.tensor([[0.1, float("inf")], [-0.0, 5e-324]], dtype=torch.float64),
    torch.tensor([True, False]),
    "a",
)


def test_every_number_comes_back_bit_for_bit():
    again = decode(encode(PIECE), Piece)
    assert torch.equal(again.values.view(torch.int64), PIECE.values.view(torch.int64))
    assert again.flags.dtype is torch.bool
    assert torch.equal(again.flags, PIECE.flags)
    nan = Piece(torch.tensor([float("nan")]), None, "n")
    again = decode(encode(nan), Piece)
    assert again.values.isnan().all()
    assert again.flags is None


def test_pieces_are_on_disk_as_soon_as_they_are_done(tmp_path):
    path, work = tmp_path / "kept.jsonl", {"seed": 0}
    first = Kept(path, work, resume=False)
    assert not path.exists(), "nothing done, nothing written"
    first.put("one", PIECE)
    second = Kept(path, work, resume=True)
    assert len(second) == 1
    assert second.get("one", Piece).name == "a"
    assert second.get("two", Piece) is None
    second.put("two", PIECE)
    assert len(Kept(path, work, resume=True)) == 2
    second.remove()
    assert not path.exists()


def test_a_new_beginning_forgets_what_was_kept(tmp_path):
    path = tmp_path / "kept.jsonl"
    Kept(path, {}, resume=False).put("one", PIECE)
    Kept(path, {}, resume=False).put("two", PIECE)
    assert Kept(path, {}, resume=True).get("one", Piece) is None


def test_a_torn_last_line_is_done_again(tmp_path):
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, {}, resume=False)
    kept.put("one", PIECE)
    kept.put("two", PIECE)
    path.write_bytes(path.read_bytes()[:-20])
    again = Kept(path, {}, resume=True)
    assert len(again) == 1
    again.put("two", PIECE)
    assert len(Kept(path, {}, resume=True)) == 2


@pytest.mark.parametrize("work", [{"seed": 1}, {}])
def test_other_work_is_refused(tmp_path, work):
    path = tmp_path / "kept.jsonl"
    Kept(path, {"seed": 0}, resume=False).put("one", PIECE)
    with pytest.raises(VerifyError, match="another command"):
        Kept(path, work, resume=True)


def test_nothing_to_go_on_with_is_an_error(tmp_path):
    with pytest.raises(VerifyError, match="--resume"):
        Kept(tmp_path / "none.jsonl", {}, resume=True)


def test_a_damaged_piece_is_an_error(tmp_path):
    path = tmp_path / "kept.jsonl"
    Kept(path, {}, resume=False).put("one", {"values": 3})
    with pytest.raises(VerifyError, match="damaged"):
        Kept(path, {}, resume=True).get("one", Piece)
