#!/bin/sh
# Makes NotoSansSC.ttf.gz and chars.txt anew: the characters of GB 2312, of the
# first level of Big5, and Latin. It needs npm and fonttools (pyftsubset); run it
# in this folder.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf ./*.tgz)
/usr/bin/python3 - "$tmp/want.txt" <<'P'
import sys
want = set(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2040), 0x2103, 0x2192, 0x2212, 0x2264, 0x2265, 0x3007]))
for codec, rows, cells in (("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF)), ("big5", range(0xA4, 0xC7), range(0x40, 0xFF))):
    for hi in rows:
        for lo in cells:
            try:
                want.add(bytes([hi, lo]).decode(codec))
            except UnicodeDecodeError:
                pass
open(sys.argv[1], "w", encoding="utf-8").write("".join(sorted(want)))
P
pyftsubset "$tmp/package/500Medium/NotoSansSC_500Medium.ttf" --text-file="$tmp/want.txt" --output-file="$tmp/sub.ttf" --no-hinting --layout-features= \
	--drop-tables+=GSUB,GPOS,GDEF,BASE,vhea,vmtx,VORG,STAT,meta
/usr/bin/python3 - "$tmp/sub.ttf" chars.txt <<'P'
import sys
from fontTools.ttLib import TTFont
open(sys.argv[2], "w", encoding="utf-8").write("".join(map(chr, sorted(TTFont(sys.argv[1]).getBestCmap()))))
P
gzip -9nc "$tmp/sub.ttf" >NotoSansSC.ttf.gz
cp "$tmp/package/LICENSE_FONT" OFL.txt
