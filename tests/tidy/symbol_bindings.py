#!/usr/bin/env python3
"""Symbol hygiene: no library of the Arrow wheel may use another family's OpenSSL, simdjson, RE2, Protobuf or Abseil, nor lend its own.

    symbol_bindings.py BINARY

The wheel's libraries export symbols of libraries they contain (docs/dependencies.md). Linked in the wrong order, calls land in the
wrong copy: they crash or silently never match. The dynamic linker itself says where each symbol was bound.
"""

import os
import re
import subprocess
import sys

BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'")
FAMILIES = {
    "OpenSSL": re.compile(r"^(SSL|EVP|CRYPTO|X509|BIO|ERR|OPENSSL|RSA|EC|ASN1|PEM|HMAC|SHA\d+|RAND)_"),
    "simdjson": re.compile(r"8simdjson"),
    "RE2": re.compile(r"3re23?"),
    "Protobuf": re.compile(r"6google8protobuf"),
    "Abseil": re.compile(r"4absl"),
}


def is_arrow(library):
    return "libarrow" in os.path.basename(library)


def family_of(symbol):
    return next((name for name, pattern in FAMILIES.items() if pattern.search(symbol)), None)


def main():
    environment = dict(os.environ, LD_DEBUG="bindings", LD_BIND_NOW="1")
    result = subprocess.run([sys.argv[1], "version"], env=environment, capture_output=True, text=True, check=True)
    bindings = BINDING.findall(result.stderr)
    if len(bindings) < 1000 or not any(is_arrow(source) for source, _, _ in bindings):
        print(f"{len(bindings)} bindings seen: the dynamic linker did not say what it did")
        return 1
    crossed = sorted({(family_of(symbol), symbol, source, target) for source, target, symbol in bindings
                      if is_arrow(source) != is_arrow(target) and family_of(symbol)})
    for family, symbol, source, target in crossed[:20]:
        print(f"{family}: {source} uses {symbol} of {target}")
    print(f"symbol bindings: {len(bindings)} seen, {len(crossed)} crossed")
    return 1 if crossed else 0


if __name__ == "__main__":
    sys.exit(main())
