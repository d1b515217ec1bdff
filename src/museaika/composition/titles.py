"""What a piece may be called, by mood."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TITLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "happy": ("Sunny Side", "Open Windows", "Good Morning", "Skipping Stones"),
        "energetic": ("Full Tilt", "Green Light", "Breakaway", "Higher Gear"),
        "surprise": ("Around the Corner", "Out of the Box", "Sudden Colours", "What Was That"),
        "romantic": ("Close to You", "Two Chairs", "Candle and Rain", "Slow Dance"),
        "calm": ("Still Water", "Long Breath", "Evening Field", "Soft Light"),
        "neutral": ("Plain Day", "Passing By", "Even Keel", "In Between"),
        "nostalgic": ("Old Postcards", "Summer House", "Faded Polaroid", "The Way Back"),
        "melancholic": ("Rain on Glass", "Grey Harbour", "Half Moon", "Late Train"),
        "sad": ("Empty Room", "Without You", "Falling Leaves", "The Last Letter"),
        "tired": ("Heavy Eyelids", "Day's End", "Pillow", "Lullaby for One"),
        "fear": ("Footsteps", "Cold Corridor", "Something Near", "No Way Out"),
        "angry": ("Breaking Point", "Iron Teeth", "Boiling Over", "Red Line"),
        "disgust": ("Sour Milk", "Crooked Smile", "Rust", "Turn Away"),
        "focused": ("Clear Desk", "Deep Work", "One Thing", "Steady Hand"),
    }
)
