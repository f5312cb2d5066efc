"""Model files that were tampered with, and how they have to be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.numpy

from elman_core.errors import ModelFileError
from elman_core.storage.model_file import load_model


def file_bytes(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def changed_header(saved: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    data = saved.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    change(header)
    saved.write_bytes(file_bytes(header, data[end:]))


def changed_metadata(saved: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    def change_text(header: dict[str, Any]) -> None:
        metadata = json.loads(header["__metadata__"]["elman"])
        change(metadata)
        header["__metadata__"]["elman"] = json.dumps(metadata)

    changed_header(saved, change_text)


def changed_tensors(saved: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    tensors = safetensors.numpy.load(saved.read_bytes())
    with safetensors.safe_open(saved, framework="np") as file:
        metadata = file.metadata()
    change(tensors)
    saved.write_bytes(safetensors.numpy.save(tensors, metadata))


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert len(sentence) < len(str(path)) + 330
    return sentence
