"""What Pillow decodes: SHA-256 of the pixels of shared JPEGs and of small files made here, which are kept as base64.

/usr/bin/python3 test/golden/pictures.py
"""

import base64
import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, __version__

from pattern import pattern

SHARED = Path(os.environ.get("MESSIER_SHARED_DATA") or Path(__file__).resolve().parents[2] / "../shared/data").resolve()


def digest(image):
    """Of size, channels and pixels; gray pictures stay gray."""
    array = np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))
    channels = 1 if array.ndim == 2 else 3
    head = f"{array.shape[1]}x{array.shape[0]}x{channels}:".encode()
    return hashlib.sha256(head + array.tobytes()).hexdigest()[:16]


def swapped_profile():
    """sRGB with the primaries of red and blue exchanged: whoever applies it sees other colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)  # The date of creation.
    at = {}
    for index in range(int.from_bytes(profile[128:132], "big")):
        entry = profile[132 + 12 * index : 144 + 12 * index]
        at[bytes(entry[:4])] = int.from_bytes(entry[4:8], "big")
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    profile[red : red + 20], profile[blue : blue + 20] = profile[blue : blue + 20], profile[red : red + 20]
    return bytes(profile)


def made():
    values = pattern("pictures", [7, 9, 3], 127.5, 127.5).round().astype("uint8")
    base = Image.fromarray(values).resize((43, 29), Image.BICUBIC)
    files = {}

    def save(name, image, **options):
        buffer = io.BytesIO()
        image.save(buffer, name.rsplit(".", 1)[1], **options)
        files[name] = buffer.getvalue()

    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            kind = "progressive" if progressive else "baseline"
            save(f"{kind}-{subsampling}.jpeg", base, quality=80, subsampling=subsampling, progressive=progressive)
    save("one-pixel.jpeg", base.resize((1, 1)))
    save("gray.jpeg", base.convert("L"))
    save("cmyk.jpeg", base.convert("CMYK"), quality=95)
    save("cmyk.tiff", base.convert("CMYK"), compression="tiff_lzw")
    save("profile.jpeg", base, icc_profile=swapped_profile())
    save("profile.png", base, icc_profile=swapped_profile())
    save("palette.png", base.convert("P", palette=Image.ADAPTIVE, colors=16))
    save("bilevel.png", base.convert("1"))
    save("palette.gif", base.convert("P", palette=Image.ADAPTIVE, colors=16))
    save("lossy.webp", base, quality=80)
    save("lossless.webp", base, lossless=True)
    save("lzw.tiff", base, compression="tiff_lzw")
    frames = [base.convert("P", palette=Image.ADAPTIVE, colors=8), base.rotate(180).convert("P")]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:])
    save("animated.webp", base, save_all=True, append_images=[base.rotate(180)], lossless=True)
    save("pages.tiff", base, save_all=True, append_images=[base.rotate(180)], compression="tiff_lzw")
    return {name: {"file": base64.b64encode(raw).decode(), "pixels": digest(Image.open(io.BytesIO(raw)))} for name, raw in files.items()}


def shared():
    galaxies = sorted(SHARED.glob("gz1_256/images/*.jpg"))[::27]
    others = sorted(SHARED.glob("astro6_256/**/*.jpg"))[::31]
    return {path.relative_to(SHARED).as_posix(): digest(Image.open(path)) for path in galaxies + others}


if __name__ == "__main__":
    content = {"pillow": __version__, "made": made(), "shared": shared()}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(content, indent=0) + "\n")
    print(f"{len(content['shared'])} shared files, {path.stat().st_size} bytes")
