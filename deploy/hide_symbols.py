#!/usr/bin/env python3
"""Marks dynamic symbols of a shared library as hidden, in place.

    hide_symbols.py LIBRARY PATTERN

The Arrow wheel's libarrow_compute exports the RE2 it contains. Debian's libgrpc needs Debian's RE2, and the dynamic linker would bind it
to the wheel's: two versions with other layouts. A hidden symbol is bound within its own library and is not found from outside
(glibc's dl-lookup.c), so each side keeps its own copy. Only 64-bit little-endian ELF, as the wheels are.
"""

import re
import struct
import sys

SECTION = struct.Struct("<IIQQQQIIQQ")  # sh_name, type, flags, addr, offset, size, link, info, addralign, entsize
SYMBOL = struct.Struct("<IBBHQQ")       # st_name, info, other, shndx, value, size
SHT_DYNSYM, STV_DEFAULT, STV_HIDDEN, SHN_UNDEF = 11, 0, 2, 0


def hide(data, pattern):
    """Changes `data`; returns how many symbols match."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise SystemExit("not a 64-bit little-endian ELF file")
    (section_offset,) = struct.unpack_from("<Q", data, 40)
    entry_size, count = struct.unpack_from("<HH", data, 58)
    sections = [SECTION.unpack_from(data, section_offset + i * entry_size) for i in range(count)]
    symbols = next(s for s in sections if s[1] == SHT_DYNSYM)
    names = sections[symbols[6]][4]
    hidden = 0
    for at in range(symbols[4], symbols[4] + symbols[5], SYMBOL.size):
        name, info, other, section, value, size = SYMBOL.unpack_from(data, at)
        text = data[names + name:data.index(b"\0", names + name)].decode()
        if section == SHN_UNDEF or not pattern.search(text):
            continue
        SYMBOL.pack_into(data, at, name, info, other & ~3 | STV_HIDDEN, section, value, size)
        hidden += 1
    return hidden


def main():
    library, pattern = sys.argv[1], re.compile(sys.argv[2])
    with open(library, "rb") as file:
        data = bytearray(file.read())
    hidden = hide(data, pattern)
    if hidden == 0:
        raise SystemExit(f"{library}: no symbol matches {sys.argv[2]}")
    with open(library, "wb") as file:
        file.write(data)
    print(f"{library}: {hidden} symbols hidden", file=sys.stderr)


if __name__ == "__main__":
    main()
