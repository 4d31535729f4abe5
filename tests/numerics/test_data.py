"""Data: what is read is what the files say, and no damaged file passes for data."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from numerics.data import load
from numerics.data.cifar import RECORD
from numerics.errors import NumericsError

ROOT = Path(__file__).resolve().parents[2]


def idx(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, dtype=">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def write_mnist(folder: Path, prefix: str = "train", n: int = 6, zipped: bool = False) -> None:
    pixels = np.random.default_rng(0).integers(1, 256, size=(n, 28, 28))
    contents = {
        f"{prefix}-images-idx3-ubyte": idx(pixels),
        f"{prefix}-labels-idx1-ubyte": idx(np.arange(n) % 10),
    }
    for name, content in contents.items():
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


def cifar_batch(n: int, first_label: int = 0) -> bytes:
    records = np.random.default_rng(first_label).integers(0, 256, size=(n, RECORD))
    records[:, 0] = (first_label + np.arange(n)) % 10
    return records.astype(np.uint8).tobytes()


def real_folder(name: str) -> Path:
    folder = Path(os.environ.get("PLUMBLINE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / name).is_dir():
        pytest.skip(f"no real {name} files: set PLUMBLINE_DATA to the folder that holds {name}/")
    return folder


def test_digits_are_embedded_unit_norm_and_float64():
    data = load("digits")
    assert data.x.shape == (1797, 64)
    assert data.x.dtype == data.y.dtype == torch.float64
    norms = torch.linalg.vector_norm(data.x, dim=1)
    assert torch.allclose(norms, torch.ones_like(norms), rtol=1e-15)


def test_raw_scaling_keeps_intensities_between_zero_and_one():
    raw = load("digits", scale="raw").x
    assert raw.min() == 0
    assert raw.max() == 1
    unit = raw / torch.linalg.vector_norm(raw, dim=1, keepdim=True)
    assert torch.equal(unit, load("digits").x)


@pytest.mark.parametrize(
    "target, rule",
    [
        ("parity", lambda label: 1.0 if label % 2 == 0 else -1.0),
        ("one-vs-rest", lambda label: 1.0 if label == 3 else -1.0),
        ("value", lambda label: label / 9),
    ],
)
def test_each_target_is_its_rule_applied_to_the_labels(target, rule):
    data = load("digits", target=target, positive=3, n=200)
    assert data.y.tolist() == [rule(label) for label in data.labels.tolist()]


def test_the_same_seed_draws_the_same_examples_and_another_seed_does_not():
    assert torch.equal(load("digits", n=20, seed=1).x, load("digits", n=20, seed=1).x)
    assert not torch.equal(load("digits", n=20, seed=1).x, load("digits", n=20, seed=2).x)


@pytest.mark.parametrize("zipped", [False, True])
def test_mnist_files_give_back_the_pixels_written(tmp_path, zipped):
    write_mnist(tmp_path, zipped=zipped)
    data = load("mnist", folder=tmp_path, scale="raw")
    expected = np.random.default_rng(0).integers(1, 256, size=(6, 28, 28)).reshape(6, -1) / 255
    assert np.array_equal(data.x.numpy(), expected)
    assert data.labels.tolist() == [0, 1, 2, 3, 4, 5]


def test_plain_and_gzip_have_the_same_checksum_of_content(tmp_path):
    sums = set()
    for zipped in (False, True):
        folder = tmp_path / str(zipped) / "mnist"
        folder.mkdir(parents=True)
        write_mnist(folder, zipped=zipped)
        sums.add(load("mnist", folder=folder.parent).checksum)
    assert len(sums) == 1


def test_cifar_batches_are_read_in_order_and_pixels_follow_the_label(tmp_path):
    (tmp_path / "data_batch_1.bin").write_bytes(cifar_batch(3))
    (tmp_path / "data_batch_2.bin.gz").write_bytes(gzip.compress(cifar_batch(2, first_label=7)))
    data = load("cifar10", folder=tmp_path, scale="raw")
    assert data.labels.tolist() == [0, 1, 2, 7, 8]
    first = np.frombuffer(cifar_batch(3), dtype=np.uint8)[1:RECORD] / 255
    assert np.array_equal(data.x[0].numpy(), first)


def test_a_missing_file_is_named(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(NumericsError, match="without train-labels-idx1-ubyte"):
        load("mnist", folder=tmp_path)


def test_no_folder_at_all_says_how_to_give_one(monkeypatch):
    monkeypatch.delenv("PLUMBLINE_DATA", raising=False)
    with pytest.raises(NumericsError, match="PLUMBLINE_DATA"):
        load("cifar10")


@pytest.mark.parametrize("cut", [1, 700, 4000])
def test_a_truncated_plain_file_is_refused(tmp_path, cut):
    write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(NumericsError, match="truncated"):
        load("mnist", folder=tmp_path)


@pytest.mark.parametrize("keep", [0.2, 0.9])
def test_a_truncated_gzip_file_is_refused(tmp_path, keep):
    write_mnist(tmp_path, zipped=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(NumericsError, match="truncated or damaged gzip"):
        load("mnist", folder=tmp_path)


def test_images_and_labels_swapped_are_refused(tmp_path):
    write_mnist(tmp_path)
    images, labels = tmp_path / "train-images-idx3-ubyte", tmp_path / "train-labels-idx1-ubyte"
    first, second = images.read_bytes(), labels.read_bytes()
    images.write_bytes(second)
    labels.write_bytes(first)
    with pytest.raises(NumericsError, match="swapped"):
        load("mnist", folder=tmp_path)


def test_labels_of_another_part_are_refused(tmp_path):
    write_mnist(tmp_path, n=6)
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(np.arange(5)))
    with pytest.raises(NumericsError, match="parts mixed"):
        load("mnist", folder=tmp_path)


def test_another_data_set_under_mnists_official_name_and_size_is_refused(tmp_path):
    """Fashion-MNIST has the same header; only the content tells."""
    write_mnist(tmp_path, prefix="t10k", n=10_000, zipped=False)
    with pytest.raises(NumericsError, match="SHA-256"):
        load("mnist", folder=tmp_path)


def test_one_cifar_batch_under_two_names_is_refused(tmp_path):
    for i in (1, 2):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(cifar_batch(3))
    with pytest.raises(NumericsError, match=r"same content in data_batch_1\.bin and data_batch_2"):
        load("cifar10", folder=tmp_path)


def test_mnists_test_files_under_the_names_of_training_files_are_refused(tmp_path):
    source = real_folder("mnist") / "mnist"
    for path in source.iterdir():
        (tmp_path / path.name.replace("t10k", "train")).write_bytes(path.read_bytes())
    with pytest.raises(NumericsError, match="with the content of t10k-images"):
        load("mnist", folder=tmp_path)


def test_labels_out_of_range_are_refused(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.array([0, 1, 2, 3, 4, 11])))
    with pytest.raises(NumericsError, match="label 11 at index 5"):
        load("mnist", folder=tmp_path)


@pytest.mark.parametrize("content, reason", [(b"", "truncated"), (bytes(100), "truncated")])
def test_a_cifar_file_of_another_length_is_refused(tmp_path, content, reason):
    (tmp_path / "data_batch_1.bin").write_bytes(content)
    with pytest.raises(NumericsError, match=reason):
        load("cifar10", folder=tmp_path)


def test_a_foreign_file_of_a_fitting_length_is_refused_as_cifar(tmp_path):
    (tmp_path / "data_batch_1.bin").write_bytes(bytes([200]) * RECORD)
    with pytest.raises(NumericsError, match="label 200 in record 0"):
        load("cifar10", folder=tmp_path)


def test_a_black_picture_has_no_unit_norm(tmp_path):
    batch = bytearray(cifar_batch(3))
    batch[1:RECORD] = bytes(RECORD - 1)
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(batch))
    with pytest.raises(NumericsError, match="all-zero picture at index 0"):
        load("cifar10", folder=tmp_path)
    assert len(load("cifar10", folder=tmp_path, scale="raw")) == 3


def test_constant_data_are_refused(tmp_path):
    (tmp_path / "data_batch_1.bin").write_bytes(cifar_batch(1) * 3)
    with pytest.raises(NumericsError, match="3 times the same input"):
        load("cifar10", folder=tmp_path)
    batch = bytearray(cifar_batch(2))
    batch[RECORD] = 0
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(batch))
    with pytest.raises(NumericsError, match=r"the target 1\.0 for all 2"):
        load("cifar10", folder=tmp_path)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"name": "imagenet"}, "imagenet"),
        ({"target": "colour"}, "`target`"),
        ({"scale": "huge"}, "`scale`"),
        ({"n": 0}, "`n`"),
        ({"n": 5000}, "1 to 1797"),
        ({"positive": 10}, "`positive`"),
        ({"split": "half"}, "`split`"),
        ({"checksum": "00"}, "`checksum`"),
    ],
)
def test_a_choice_that_does_not_exist_is_named(arguments, message):
    with pytest.raises(NumericsError, match=message):
        load(**({"name": "digits"} | arguments))


def test_a_failed_download_says_what_to_do_instead(monkeypatch):
    def offline(*_args, **_options):
        raise ConnectionError("no route")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", offline)
    with pytest.raises(NumericsError, match=r"no mnist_784 from OpenML.*folder with the official"):
        load("mnist", fetch=True)


def test_a_download_is_scaled_and_labelled_like_a_file(monkeypatch):
    class Found:
        data = np.random.default_rng(0).integers(1, 256, size=(4, 784)).astype(float)
        target = np.array(["3", "1", "4", "1"])

    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda *_a, **_k: Found)
    data = load("mnist", fetch=True)
    assert data.labels.tolist() == [3, 1, 4, 1]
    assert data.y.tolist() == [-1, -1, 1, -1]


def test_real_mnist_is_the_official_test_set():
    data = load("mnist", folder=real_folder("mnist"), split="test")
    assert data.x.shape == (10_000, 784)
    assert data.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert torch.bincount(data.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_real_cifar_has_ten_balanced_classes():
    data = load("cifar10", folder=real_folder("cifar10"), split="train")
    assert data.x.shape[1] == 3072
    assert torch.bincount(data.labels, minlength=10).min() > 0.08 * len(data)
