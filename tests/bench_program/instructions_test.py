"""bench_program: what apps/bench/instructions.py reads from a server.

instructions_test.py INSTRUCTIONS_PY
"""

import importlib.util
import struct
import sys

spec = importlib.util.spec_from_file_location("instructions", sys.argv[1])
instructions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(instructions)


def frame(size):
    """A frame with so many bytes as a server sends it (RFC 6455 §5.2)."""
    if size < 126:
        head = struct.pack("!BB", 0x81, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 127, size)
    return head + b"x" * size


def a_frame_of_any_size_is_read_when_its_last_byte_has_arrived():
    for size in (0, 1, 125, 126, 127, 128, 65_535, 65_536):
        whole = frame(size)
        for missing in {1, size, size + 1, len(whole)} - {0}:
            if missing <= len(whole):
                assert instructions.first_frame(whole[:-missing]) is None, (size, missing)
        assert instructions.first_frame(whole + b"\x81") == (b"x" * size, b"\x81"), size


a_frame_of_any_size_is_read_when_its_last_byte_has_arrived()
