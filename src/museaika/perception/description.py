"""What has to be known of somebody else's expression network before it can be run: `<file>.toml` beside it.

The descriptions in `networks/` are shipped; `museaika models pull` lays one beside the file that it fetches.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from museaika.errors import Invalid, NotFound
from museaika.mood.vocabulary import FACE_CLASSES

SHIPPED = Path(__file__).parent / "networks"

SPELLINGS = {
    **{name: name for name in FACE_CLASSES},
    "happy": "happiness", "joy": "happiness", "surprised": "surprise", "sad": "sadness", "angry": "anger",
    "disgusted": "disgust", "fearful": "fear", "afraid": "fear", "scared": "fear", "contemptuous": "contempt",
}  # fmt: skip
"""How networks spell their classes -> FER+'s names."""

Point = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(_Part):
    """Where the file comes from, and the one hash that says it is the right one."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    git_blob_sha1: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None

    @model_validator(mode="after")
    def _one_hash(self) -> Source:
        if (self.sha256 is None) == (self.git_blob_sha1 is None):
            raise ValueError("name either sha256 or git_blob_sha1")
        return self


class Input(_Part):
    """A square of `size` pixels; values 0…1 before `mean` and `std` of each channel."""

    size: Annotated[int, Field(ge=16, le=1024)]
    channels: Literal["rgb", "bgr", "gray"]
    layout: Literal["nchw", "nhwc"] = "nchw"
    mean: list[float]
    std: list[Annotated[float, Field(gt=0)]]

    @model_validator(mode="after")
    def _a_value_for_each_channel(self) -> Input:
        if not len(self.mean) == len(self.std) == self.depth:
            raise ValueError(f"mean and std need {self.depth} values each, one for each channel")
        return self

    @property
    def depth(self) -> int:
        return 1 if self.channels == "gray" else 3


class Box(_Part):
    """The upright box of the face, made square, larger by `margin` of its side on each edge."""

    kind: Literal["box"]
    margin: Annotated[float, Field(ge=-0.4, le=2)] = 0.0


class Points(_Part):
    """Turned and scaled so that the keypoints come nearest to these pixels of the input."""

    kind: Literal["points"]
    right_eye: Point
    left_eye: Point
    nose: Point
    mouth: Point


class Levelled(_Part):
    """Level by the eyes, framed as for our own network, in units of eye distance plus eye-mouth distance."""

    kind: Literal["level"]
    reach: Annotated[float, Field(gt=0, le=10)] = 1.33
    below_eyes: Annotated[float, Field(ge=-2, le=2)] = 0.145


class Output(_Part):
    """One number for each class, in this order."""

    kind: Literal["logits", "probabilities"]
    classes: Annotated[list[str], Field(min_length=2)]

    @model_validator(mode="after")
    def _known_classes(self) -> Output:
        unknown = [name for name in self.classes if name.casefold() not in SPELLINGS]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no class that is known here ({', '.join(FACE_CLASSES)})")
        if len({SPELLINGS[name.casefold()] for name in self.classes}) < len(self.classes):
            raise ValueError("a class is named twice")
        return self

    @property
    def names(self) -> list[str]:
        """FER+'s names, in the network's order."""
        return [SPELLINGS[name.casefold()] for name in self.classes]


class Description(_Part):
    """One network."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    about: str = ""
    licence: str
    file: Source | None = None
    input: Input
    alignment: Annotated[Box | Points | Levelled, Field(discriminator="kind")]
    output: Output


def read_description(path: Path) -> Description:
    """Raises Invalid: the file is missing or wrong; the sentence says where."""
    try:
        return Description.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise Invalid(
            f"{path} is missing. It has to say how the network is fed and what it answers; "
            "docs/expression-models.md shows one."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"{path} can't be read: {error}.") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        )
        raise Invalid(f"{path} does not describe a network: {wrong}.") from None


def shipped() -> dict[str, Description]:
    """The networks that are known here, by name."""
    found = (read_description(path) for path in sorted(SHIPPED.glob("*.toml")))
    return {each.name: each for each in found}


def shipped_named(name: str) -> Description:
    """Raises NotFound."""
    known = shipped()
    if name not in known:
        raise NotFound(f"'{name[:60]}' is no network that is known here. There are: {', '.join(known)}.")
    return known[name]
