"""Words and Snowball stems by Python: text.json.

Run with /usr/bin/python3 test/golden/text.py (Debian: python3-snowballstemmer 2.2.0). `apod` are facts of the explanations of the shared data
(MESSIER_SHARED_DATA, else ../shared/data): how many words, how many different ones, SHA-256 of the lines "word stem" of all different ones in the
order of code points, and a sample of them. `languages` are stems of a few words each.
"""

import csv
import hashlib
import os
import unicodedata
from collections import Counter
from pathlib import Path

import snowballstemmer

from golden import write

LANGUAGES = {
    "danish": "galakserne stjerner himlen opdagelser billederne planeterne lysende",
    "dutch": "sterrenstelsels hemellichamen waarnemingen lichtjaren planeten ontdekkingen",
    "english": "galaxies galaxy nebulae nebula nebulosity stars supernovae planetary ionization skies dying generously kepler's",
    "finnish": "galaksit tähdistöt taivaankappaleet havaintoja kuvassa planeettojen",
    "french": "galaxies étoiles nébuleuses lumineuses observations planétaires découvertes",
    "german": "galaxien sternhaufen nebel beobachtungen planetarische lichtjahre größer",
    "italian": "galassie stelle nebulose osservazioni planetarie luminosità scoperte",
    "norwegian": "galakser stjernene himmelen oppdagelser bildene planetene",
    "portuguese": "galáxias estrelas nebulosas observações planetárias luminosidade",
    "spanish": "galaxias estrellas nebulosas observaciones planetarias luminosidad",
    "swedish": "galaxerna stjärnor himlen upptäckter bilderna planeterna",
}
APOSTROPHES = "\u2018\u2019\u201b\u02bb\u02bc\uff07`"


def words(text):
    """Letter by letter, where the project uses one regular expression. The explanations hold neither tags nor entities."""
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text.replace("\u00b4", "'")).lower())
    found, current = [], ""
    for letter in lowered + " ":
        if letter in APOSTROPHES:
            letter = "'"
        if letter == "\ufffd" or letter == "'" or unicodedata.category(letter)[0] in "LMN":
            current += letter
            continue
        for part in current.replace("''", " ").split(" "):
            part = part.strip("'")
            if 0 < len(part) <= 64 and any(unicodedata.category(one)[0] in "LN" for one in part):
                found.append(part)
        current = ""
    return found


def apod():
    shared = Path(os.environ.get("MESSIER_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
    counts = Counter()
    with open(shared / "apod_text/apod.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            counts.update(words(row["explanation"]))
    ordered = sorted(counts)
    stems = snowballstemmer.stemmer("english").stemWords(ordered)
    lines = "".join(f"{word} {stem}\n" for word, stem in zip(ordered, stems))
    sample = [[word, stem] for word, stem in list(zip(ordered, stems))[:: len(ordered) // 200] if len(word) < 20]
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return {"words": sum(counts.values()), "different": len(counts), "sha256": digest, "sample": sample}


if __name__ == "__main__":
    languages = {name: [[word, snowballstemmer.stemmer(name).stemWord(word)] for word in text.split()] for name, text in LANGUAGES.items()}
    write("text.json", {"apod": apod(), "languages": languages})
