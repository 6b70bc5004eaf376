# SPDX-License-Identifier: Apache-2.0
"""Archive bombs: small files that unpack to more than any machine has, or keep a reader busy for hours. Each is made here.

Each function returns the octets of one archive. Checksums of what nobody can unpack to its end are 0."""
import bz2
import io
import lzma
import os
import random
import struct
import tarfile
import zipfile
import zlib

import seeds

NOTHING = bytes(1 << 20)
WHEN = 0x5D744800  # 20 November 2026, 9:00, as MS-DOS has it
TEXT = "資料を圧縮してお送りします。\n目印は {mark} です。\n"


# --- ZIP, octet by octet -------------------------------------------------------------------------------------------------

def local_header(name, packed, size, crc=0, method=8):
    return struct.pack("<4sHHHIIIIHH", b"PK\x03\x04", 20, 0, method, WHEN, crc, packed, size, len(name), 0) + name


def central_header(name, packed, size, at, crc=0, method=8):
    return struct.pack("<4sHHHHIIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, method, WHEN, crc, packed, size, len(name), 0, 0, 0, 0, 0, at) + name


def end_record(count, size, at):
    """The count is cut to its 16 bits: readers that go by it see few, those that go on see all."""
    return struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, size, at, 0)


# --- Streams that are said in a few octets -------------------------------------------------------------------------------

def deflated(chunk, times, head=b""):
    """head and times chunks, each chunk compressed once and repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * times + packer.flush(zlib.Z_FINISH)


def gzip_of(stream, size=0):
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<II", 0, size & 0xFFFFFFFF)


def tar_header(name, size=0):
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


# --- The bombs -----------------------------------------------------------------------------------------------------------

def recursive(wide=16, deep=6):
    """Archives in archives, so many in each: wide ** deep files at the bottom."""
    inner = b"leaf\n" * 100
    for level in range(deep):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for number in range(wide):
                info = zipfile.ZipInfo(f"{number:02d}.{'zip' if level else 'txt'}", (2026, 11, 20, 9, 0, 0))
                archive.writestr(info, inner, zipfile.ZIP_DEFLATED, 9)
        inner = out.getvalue()
    return inner


def shared(entries=200):
    """Every entry of the directory has the same octets."""
    body = deflated(NOTHING, 1)
    names = [f"{number:05d}.txt".encode() for number in range(entries)]
    front = local_header(names[0], len(body), len(NOTHING)) + body
    central = b"".join(central_header(name, len(body), len(NOTHING), 0) for name in names)
    return front + central + end_record(entries, len(central), len(front))


def quoted(entries=250, megabytes=20):
    """Entries that lie in one another, with headers that agree: each unpacks to the header of the next, which a stored block quotes,
    and all that the next unpacks to."""
    body, size, places = deflated(NOTHING, megabytes), megabytes << 20, []
    for number in reversed(range(entries)):
        name = f"{number:03d}".encode()
        header = local_header(name, len(body), size)
        places.append((name, len(body), size, len(body) + len(header)))
        body = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF) + header + body
        size += len(header)
    front = body[5:]  # the first one's header is quoted by none
    central = b"".join(central_header(name, packed, size, len(front) - behind) for name, packed, size, behind in reversed(places))
    return front + central + end_record(entries, len(central), len(front))


def zip_of_one(name, stream, size):
    front = local_header(name, len(stream), size) + stream
    central = central_header(name, len(stream), size, 0)
    return front + central + end_record(1, len(central), len(front))


def zip_of_nothing(megabytes=2048):
    return zip_of_one(b"nothing.bin", deflated(NOTHING, megabytes), megabytes << 20)


def zip_in_zip_of_nothing(megabytes=2048):
    """The file in it begins like an archive, so that whoever looks for archives unpacks it, and says that it is small."""
    return zip_of_one(b"plan.dat", deflated(NOTHING, megabytes, b"PK\x03\x04"), 900_000)


def tar_of_nothing(filter_name, gigabytes=7):
    """One file of nothing in a tar, which is compressed in pieces that unpackers read as one."""
    head, size = tar_header("nothing.bin", gigabytes << 30), gigabytes << 30
    if filter_name == "gzip":
        return gzip_of(deflated(NOTHING, size // len(NOTHING), head), size)
    pack = {"xz": lambda octets: lzma.compress(octets, preset=0), "bzip2": bz2.compress}[filter_name]
    piece = 16 << 20
    return pack(head) + pack(bytes(piece)) * (size // piece)


def million(entries=1_000_000, seed=0):
    """A directory of so many entries with names of their own; one local header stands for all of them."""
    rng = random.Random(seed)
    letters = b"abcdefghijklmnopqrstuvwxyz0123456789"
    names = bytes(rng.choices(letters, k=4 * entries))
    front = local_header(names[:4], 0, 0, method=0)
    fixed = central_header(names[:4], 0, 0, 0, method=0)[:46]
    central = b"".join(fixed + names[at:at + 4] for at in range(0, len(names), 4))
    return front + central + end_record(entries, len(central), len(front))


def entries_that_fit(mail_size):
    """How many entries of such a directory a mail of this size has room for, in base64 with lines of 76 and CR LF."""
    return (mail_size - 4000) // 78 * 57 // 50


def million_packed():
    return gzip_of(deflated(million(), 1))


def empty_files(count=300_000):
    """A tar.gz of files without content, each with a name of its own."""
    header = bytearray(tar_header("0000000.txt"))
    fixed, files = sum(header) - sum(header[:7]) - sum(header[148:156]) + 8 * 32, bytearray()
    for number in range(count):
        header[:7] = name = b"%07d" % number
        header[148:156] = b"%06o\0 " % (fixed + sum(name))
        files += header
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return gzip_of(packer.compress(bytes(files)) + packer.compress(bytes(1024)) + packer.flush())


def gzip_in_gzip(layers=2, gigabytes=16):
    """One letter, compressed over and over: most of it goes with each layer."""
    inner = gzip_of(deflated(NOTHING.replace(b"\0", b"a"), gigabytes << 10))
    for _ in range(layers - 1):
        inner = gzip_of(deflated(inner, 1))
    return inner


def gzip_without_end(layers=40):
    """More layers than a reader should follow, with a leaf in the last."""
    inner = seeds.zipped({"leaf.txt": b"leaf\n"})
    for _ in range(layers):
        inner = gzip_of(deflated(inner, 1))
    return inner


def gzip_of_no_octets(megabytes=12_000):
    """What is in the outer layer is a gzip file of so many megabytes that unpacks to no octet at all: a reader waits for the first."""
    empty = b"\0\0\0\xff\xff"
    chunk = empty * (len(NOTHING) // len(empty))
    return gzip_of(deflated(chunk, megabytes, b"\x1f\x8b\x08\0\0\0\0\0\0\xff"))


def empty_streams(pack, octets=18_000_000):
    """Compressed files of no octet, behind one another: a reader begins each of them anew."""
    stream = pack(b"")
    return stream * (octets // len(stream))


def listing_without_end(gigabytes=32):
    """A 7-Zip file whose directory is of so many gigabytes that mean nothing; readers want all of it before the first file."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0}]

    def packed(octets):
        return lzma.compress(octets, lzma.FORMAT_RAW, filters=filters)[:-1]  # without the mark of its end

    def number(value):
        return b"\xff" + struct.pack("<Q", value)
    begin, filling, end = b"\x01\x05\x01", (b"\x19\x7f" + bytes(127)) * (1 << 19), bytes(2)
    times = (gigabytes << 30) // len(filling)
    stream = packed(begin) + packed(filling) * times + packed(end) + b"\0"
    size = len(begin) + len(filling) * times + len(end)
    # Where the packed directory stands, and that LZMA2 unpacks it (7zFormat.txt: EncodedHeader, PackInfo, UnPackInfo).
    where = (b"\x17\x06" + number(0) + b"\x01\x09" + number(len(stream)) + b"\0\x07\x0b\x01\0\x01\x21\x21\x01\x18\x0c" + number(size)
             + bytes(2))
    start = struct.pack("<QQI", len(stream), len(where), zlib.crc32(where))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + stream + where


def wide_dictionary(size, content=b""):
    """An xz file whose reader must have much memory before its first octet. size: 40 for 4 GB, 33 for 384 MB (.xz file format 5.3.1)."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    made = bytearray(lzma.compress(content or tar_header("a.txt", 5) + b"leaf\n" + bytes(507 + 1024), filters=filters))
    # One octet of the block's header, at whose end is its checksum (3.1).
    made[made.index(b"\x21\x01", 12) + 2] = size
    end = 12 + made[12] * 4
    made[end:end + 4] = struct.pack("<I", zlib.crc32(bytes(made[12:end])))
    return bytes(made)


def dictionary_and_content(megabytes=60, seed=0):
    """A dictionary that leaves room, and in it what looks like an archive and fills the room; too hard to pack for a bound on ratios."""
    rng = random.Random(seed)
    return wide_dictionary(33, b"PK\x03\x04" + b"".join(rng.randbytes(1024) * 16 for _ in range(megabytes * 64)))


# name -> (file name, how it is made)
BOMBS = {
    "recursive": ("plans.zip", recursive),
    "shared": ("shared.zip", shared),
    "quoted": ("quoted.zip", quoted),
    "nothing-zip": ("nothing.zip", zip_of_nothing),
    "nothing-zip-zip": ("plan.zip", zip_in_zip_of_nothing),
    "nothing-tar-gz": ("nothing.tar.gz", lambda: tar_of_nothing("gzip")),
    "nothing-tar-xz": ("nothing.tar.xz", lambda: tar_of_nothing("xz")),
    "nothing-tar-bz2": ("nothing.tar.bz2", lambda: tar_of_nothing("bzip2")),
    "million-fit": ("directory.zip", lambda: million(entries_that_fit(26_214_400))),
    "million-packed": ("directory.zip.gz", million_packed),
    "empty-files": ("files.tar.gz", empty_files),
    "gzip-gzip": ("nothing.gz", gzip_in_gzip),
    "gzip-many": ("leaf.zip.gz", gzip_without_end),
    "gzip-no-octets": ("waiting.gz", gzip_of_no_octets),
    "listing-7z": ("plans.7z", listing_without_end),
    "empty-xzs": ("empty.xz", lambda: empty_streams(lzma.compress)),
    "dictionary": ("leaf.tar.xz", lambda: wide_dictionary(40)),
    "dictionary-content": ("plans.xz", dictionary_and_content),
}


def mail(name):
    """A mail with a text, the bomb, and an honest archive behind it. The text says bomb-NAME."""
    file_name, make = BOMBS[name]
    return seeds.attached([(file_name, "application/octet-stream", make()), ("neighbour.zip", "application/zip", seeds.zipped({"a.txt": b"a"}))],
                          subject=f"資料 {name}", text=TEXT.format(mark=f"bomb-{name}"))


if __name__ == "__main__":
    import sys
    os.makedirs(sys.argv[1], exist_ok=True)
    for label in sys.argv[2:] or BOMBS:
        with open(os.path.join(sys.argv[1], label + ".eml"), "wb") as file:
            file.write(mail(label))
