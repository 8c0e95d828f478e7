"""Code points of U-labels by their properties in IDNA2008, from `make_idna_table.py` of the tests.

Each class, up to its semicolon, is its bidirectional class (``O`` for the weak and neutral ones of a U-label),
canonical combining class at the end of the decomposition, joining type, the letters of further properties after a
hyphen, and its ranges: the gap since the end of the range before, and, after a colon, how many code points more than
one the range has; in base 36. The properties:

- ``m``: a combining mark
- ``v``: a virama
- ``d``: decomposes into a character that doesn't combine and marks
- ``f``: may begin a canonical composition
- ``s``: may go on with one
- ``g``: Greek; ``h``: Hebrew; ``k``: Hiragana, Katakana or Han

They are the code points of RFC 5892, appendices A and B.1, that Unicode 14 assigns.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CLASSES"]

CLASSES: Final = """
AN 0 U - 19c:9 1fwm:9;
EN 0 U - 1dc:9;
L 0 D - 4rk:2g e:x 1 sd1:1d;
L 0 L - x9u;
L 0 T -m 1jpj:1;
L 0 T -mf 2in 6;
L 0 U - 67 g d i l 9 6 9 8 7 j o 2 1 2 3:1 4 2 3:2 2 4 1 2 1:1 1 6 1 2:2 1:6 p 7 1j 3 1 1 e:5 2 2:1 1 4 1 1 1 1:1u 1:s
b:6 e:1 s 6s 1 1 1 1 1 1 1t:1 1 6:2 1:3 1:2 1:2 1 1:1 2 1:1 2:3 3 1 1 1 1 1 1 1 1 1 1 5 1 1 1 1 9 1 1 1 1 1 1 1 1 1 1 1
1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 4 1 1 1 1 1:1 5 b l 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 15 6:12 1 or:z
2:5 2 2:4 3 i f:1 4:9 1:f 4:7 2:1 2:l 1:6 1 3:3 3 g h:1 4:b a 8:5 4:1 2:l 1:6 1 2 2:1 y 9:9 2:2 g:8 1:2 1:l 1:6 1:1 1:4
3 i f:1 4:9 9 b:7 2:1 2:l 1:6 1:1 1:4 3 x:2 4:9 1 h 1:5 3:2 2:2 3:1 1 1:1 3:1 3:2 3:b m l:9 l:7 1:2 1:m 1:f 3 q:2 2 2:1
4:9 g 4:7 1:2 1:m 1:9 1:4 3 v:1 1:1 4:9 1:1 h:8 1:2 1:14 2 g 5:2 8:2 4:9 a:5 5:h 3:n 1:8 1 2:6 v:9 h:1b 1 d:6 9:9 13:1
1 1:4 1:n 1 1:9 1 a 2:4 1 9:9 4:1 w a k:9 m:2 1:3 1:3 1:3 1:3 1:3 1:b 1:2 r:4 37:10 1:4 k:a 6:5 4:3 3 3:1 7:2 4:c c 1:9
1i:16 2:2 74:20 1:3 2:6 1 1:3 2:14 1:3 2:w 1:3 2:6 1 1:3 2:e 1:1k 1:3 2:1u 11:f g:2d b:h7 2:g 1:p 5:22 6:7 7:h d:i e:h
e:c 1:2 f:1f z 4 3:9 12:9 2u:4 17:1x a:u 13:13 2:4 b:17 4:p 6:9 12:m 9:1g 17:9 6:9 d 2m 1 1 1 1:2 1:x h:7 3:9 15:t d:1j
q:z s:9 3:1c 2z:3 1:5 1:1 3 5:11 5 3 b i s:c 1:x 75:1 1 2j 1 1 ge 1h 23v:1b 1 3:1 1 1 1 4 1:1 1:5 5 1 1 1 1 1 1 1 1 1 1
1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1:1 7 1 4 c:11 1 5 2:1j o:m 9:6 1:6 1:6 1:6
1:6 1:6 1:6 1:6 fb 1h 5b 8:16 34:v ls0:wc 1v:19 2:7g 3:r l 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1:1 i 1 1 1 1 1 1
1 1 1 1 1 1 1 4:1x 1p 1 1 1 1 1 1:2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1:7 1 1 2 1 1 1 1 4
1:1 1 1:2 1 1 1 1 1 1 1 1 1 1 5 5 1 1 1 1 1 1 1 4 1 6 1 1 1 1 s:1 2:7 1:2 1:3 1:m 28 e:1d s:9 o:5 3 1:1 1:11 a:m 1p:1a
s:a 6:4 1:o 1:14 n:2 1:7 4:9 6:m 3 3:1d 1 3:1 2:4 2 1 o:2 2:a 7:2 c:5 2:5 2:5 9:6 1:6 1:16 5:4 1:2 2f:y d:9 6:8mb 7z0:b
1:p 1:i 1:1 1:e 2:d y:3e at:s 3:1c 1b:v d:j 1:7 6:11 a:t 2:z 4:7 2g:39 2:9 1a:z 4:13 8:1f 1f:a 1:e 1:6 1:1 1v:8m 9:l
a:7 o 1oi:1g 1a:9 1:1 2 d:l 4:7 1:4 1:3 w:o 7:9 9:z f:9 4 2 8:y 3 c:1b e:3 b:a 1 z:h 1:o 2c:6 1 1:3 1:e 1:9 7:1a h:9
b:7 2:1 2:l 1:6 1:1 1:4 3 i c:4 4e:1g i:3 5:9 5:2 u:1b k:1 1 8:9 4m:1a 15:3 10:1b k b:9 12:16 d 7:9 1i:q l:9 6:6 55:17
44:15 l:7 2 2:7 1:1 1:n f 1 e:9 1y:7 2:12 g 1 s a:13 7 l b:19 j i:20 7b:8 1:10 h f:9 o:t 34:6 1:1 1:11 l 9:9 6:5 1:1
1:v e 7:9 8m:i 59 27:pl 6e:5f 218:2o f:tq 34h:g6 6nt:fs 7:u 1:9 6:26 1:9 6:t i:1b g:3 c:9 9:k 5:i k0:v 3k:22 5 1u:c
1s:1 u:4qf 8:yd 16:8 76v:az 1s4:2y 5:c 3:8 7:9 6sm:u dd:18 a:6 2:9 4 8x:t i:17 4:9 yu:6 1:3 1:1 1:e;
L 0 U -f 6e h bd bh 2 1:3 1 3 4 3 3 1 8 u 2r f u6 7 2 gu wi 25b 1 1 1 1 3 1chz 1 9;
L 0 U -fg q9 3 1 1 5 1 3 3;
L 0 U -fk 9ja 4 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6 2 2 2 2 x 8 4 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6 2 2 2 2 j:3 a;
L 0 U -g oh 1 3 3:2 1g:2 1 1 1:4 1 1:2 1:2 e 1 1 1 1 1 h 4 2:1 4yx:4 s3e;
L 0 U -k 9hh 1 1l:4 1:3 o 6:4 f:l 1:1 a:4 1:3 o 6:4 f:g 4 1:1 6x:f e8:533 1s:g73 hse:1 1 1:1 a 1 1:1 2:2 n95 cng:3 1:6
1:1 1:82 19:2 h:3 fiw:wyn w:37c 7:65 2:4g1 e:5rk 3z3:3t6;
L 0 U -m 1s3 1j 2:2 8:3 1:1 1e:1 1n:1 7 2:1 1i 1m:2 1u 1m:2 8 1:1 1h:1 1o 7 2:1 36 1:1 5 1:2 1g:2 1p:3 1p:1 1m 1:1 1:1
2:1 2 1i:1 1n:1 7 1:2 1h:1 24:1 6 2 2 j:1 96:1 1r 4r:1 4 6 2:1 p:1 a:2 2:6 l:1 2:5 2 a:2 1eh 7:7 1:1 9m:3 2:2 4:1 1:5
68:1 1m 1 9 1:1 8:5 41 1i 1 2:1 1 1q u 4:1 1r 2:2 1 1h:7 8:1 4r l rhn:1 2 2g:1 1e:f 3y 1c 1c:1 4:1 2:1 33:1 2:1 o 19 1
31 2:1 5 6l:1 1:1 1:1 1 jrn 1 3j 19:2 4:1 37 o:1 1n 1c:2 9 e 2l:2 3:1 4s:2 v:1 1n 1:3 3 2:1 l:1 5t:2 8:1 3 2z:1 8:1 1 2
6m:1 8:1 2 35:2 8:1 1 31 1:1 34:1 4 79:2 9 6w:3 2:1 7 1 3y:2 8:3 4 2c t:1 1q bb e 2y 7 2 5x:4 4:1 1 9q:1 fve:1i;
L 0 U -mf 1xj an 3i:1 76 3f:1 41 2 2n5:1 1czr a9 72:1 or;
L 0 U -ms 1xa o 9y o 2u o 6i i:1 2v o 3b f 2mt 1czs o 9k c 6p ow;
L 6 U -mk 20og:1;
L 7 U -d 1t5 7 2 1g11 1 e;
L 8 U -dk 9jg 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6:1 1:1 1:1 1:1 1:1 m 9 d 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6:1 1:1 1:1 1:1 1:1 m
2:3 3;
L 9 T -mv 1k5b;
L 9 U -md 2qi 2;
L 9 U -mv 4k5 u sv 2t 1z:1 rxb 30 kjj 38 7r o8 hy;
L 202 U -d 79 j 9 b 7 4 9 g 7 3 f 5nh n;
L 202 U -df 6f 77 1p;
L 216 U -df bl e;
L 220 U -d ex 1 5id 3 1 5 1 3 5 1 9 5 1 5 1 5 1 5 3 1 1 j d 1 1 1 1 1 7 9 9 1:1 1g n 1 b 3;
L 220 U -df 5yv z 7 1p n j;
L 230 U -d 68:1 1 4:1 1:3 2:2 5:2 1 1 1 5 1 1 1 1 5 1 3 1 1 1 3 3 1 1 7 4 3 5 3 6 1 3 3 3 7 7 1 1 3 1 2 1 1 27 1 1 1 1
1 1 1 2 1 1 3 1 3 1:1 4 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 7 b 1 3 1 ed m:1 1 3 4:2 o 22 e 1 3 3 1 1 3 1 1 3 1 1 1 1 1 3
4y1 5 1 9 1 5 1 1 1 3 7 1 7 5 1 3 7 1 1 1 1 1 1 3 3 3 1 1 1 d 1 1 3 1 1 1 3 1 1 1 5:2 9 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1
1 1 5 1 1 1 1 1 1 1 1 1 5 1 1 1 1 3 3 1;
L 230 U -df 6a 1:1 4 4 4:2 5 6 f 1l d 5 7 1 57 7;
L 230 U -dfg q4 1 r:1 2 5dd:7 8:1 e:7 8:1 e:1 e:1 e:7 8 3 7 1l f 1b;
L 230 U -dg pc s 1:1 r:1 5dw:3 s:5 a:3 c:5 q 3 1 1 1h:1 u:2 3:1 8:2 1:3;
NSM 0 T -m 1ie:a 9b:2 1j 6:7 c:2 a:1 t 1r:3 t:1 t:1 1q:1 4:1 2:1 4 u:1 3 b:1 1q:4 1:1 p:1 m:5 1 1p 1:3 g c:1 u 1p 1r 3
1l:2 6 2:2 l:1 t 22 l:1 s:1 1r:3 t:1 t 28:2 1 2i 2:3 f 4:2 2q 2:3 3:1 f:1 4w e:5 1:3 1:3 1:3 1:3 1:3 1:b 1:2 34 1:1 1:4
6:1 p:1 4:2 g:3 d 2:1 m 19w:1 u:1 u:1 u:1 1v:6 8 2:8 1 4x:1 49:2 4:1 9 6g 1m 1:6 3 2:7 6:1 3v:3 1e:3 1y:1 w:3 2:1 2:1
1m:1 3 1:2 1m:7 2 rm3 8 p:1 4e 1l 12:4 s:a 1a:2 1f:3 2:1 13 1v:5 2:1 2:1 c 8 1b 33:1 6v 2 il4:2 1:1 5 1 16a 1i:d 19:1
b:1 1d:3 b 2t:3 1:3 27:1 1g:8 a 1:1 2 2n:2 2 2 6 4g 3:5 n:1 1q 6v:7 3:1 32:5 6:1 6p:3 6:1 u:1 2d:7 2 2 2y 1 2:5 2v 1
2:3 1:3 78:8 77:1 47:3 2:1 11:5 2:1 14 1:3 2:3 i:5 2:2 1a:c 1 bb:6 1:5 2c:l 2:6 1:1 1:1 3e:5 3 1:1 1:2 1 3 20:1 3 9p:1
fve 1r:3 29 f5k 3mq:19 2:m 249:1i 4:1d 8 e m:4 1:e;
NSM 0 T -mf 2fa 2yb 1 5 1cku:1;
NSM 0 T -ms 28m yf 1erc pe;
NSM 0 U -m 1j4u;
NSM 1 T -m ms:3 524 d:6 1avk j3q:4 g4p;
NSM 1 T -ms mw;
NSM 7 T -m 1x8 3j 3j 3j 73 3j oq 264 4x 28 ry3 khr 2e 2z 4y 29:1 7d 3g 70 6u aq 7c se 14av;
NSM 7 T -ms 1to 1g1p;
NSM 8 T -ms 9ll:1;
NSM 9 T -mv 1u5 3j 3j 3j 3j 3j 3j 3j 31:1 g 6k 3j 5l 50:1 1cp 59 i5 96 3ir o7a 11 47 fl 6u imp 16u 15 e 1l 3d:1 c5 9j
3j 70 3j 6j 7h 78 4h 2b i 29 iy:1 29;
NSM 9 T -mvs 2q2;
NSM 10 T -mh 14g;
NSM 11 T -mh 14h;
NSM 12 T -mh 14i;
NSM 13 T -mh 14j;
NSM 14 T -mh 14k;
NSM 15 T -mh 14l;
NSM 16 T -mh 14m;
NSM 17 T -mh 14n;
NSM 18 T -mh 14o e;
NSM 19 T -mh 14p:1;
NSM 20 T -mh 14r;
NSM 21 T -mh 14s;
NSM 22 T -mh 14t;
NSM 23 T -mh 14v;
NSM 24 T -mh 14x;
NSM 25 T -mh 14y;
NSM 26 T -mh 1dlq;
NSM 27 T -m 18r is;
NSM 28 T -m 18s is;
NSM 29 T -m 18t is;
NSM 30 T -m 17c 1h;
NSM 31 T -m 17d 1h;
NSM 32 T -m 17e 1h;
NSM 33 T -m 18x;
NSM 34 T -m 18y;
NSM 35 T -m 19s;
NSM 36 T -m 1e9;
NSM 84 T -m 2fp;
NSM 91 T -md 2fc;
NSM 91 T -ms 2fq;
NSM 103 T -m 2t4:1;
NSM 107 T -m 2tk:3;
NSM 118 T -m 2wo:1;
NSM 122 T -m 2x4:3;
NSM 129 T -m 31t;
NSM 130 T -m 31u 7:3 2;
NSM 132 T -m 31w;
NSM 202 T -m m9:1 59p;
NSM 202 T -ms mf:1;
NSM 214 T -m 5vy;
NSM 216 T -m 309;
NSM 216 T -ms m3;
NSM 218 T -m 5x6 3lb;
NSM 220 T -m ly:3 2:4 8:3 2 2:1 5:3 a:2 3:1 4:3 2:1 l7 5 2 3n 6 2 1v 2 2:2 1:1 1 3 1 1 1 4p a 2j:2 1p:2 1f:4 f 2 2 3:2
6 2:1 2f 151:1 r 1 3y 5i 1pp 64 2u 1h:5 2 1:1 2:1 5 4h a0:4 2:3 d 5w 7 4 15 3 1 rhn:2 au ghe:6 r3 6a 1f0 18 4r v3:1 3
1:3 1e 1 16x6:6;
NSM 220 T -mh 13l 4 4 6:5 2 q;
NSM 220 T -ms mb:3 6:1 1:1 mb;
NSM 222 T -m 4zd 4j7;
NSM 222 T -mh 13u i;
NSM 228 T -m 4vd 11p:1 3le;
NSM 228 T -mh 14e;
NSM 230 T -m lh 7:1 1 1 16:2 6 3:2 3:2 4 3 7:c 7n:4 aw:7 1r:4 1:1 3b:6 2:3 1 2:1 2:1 1v 1:1 1:1 3 2 1:2 1 1 1 1:1 4g:6
1 y:3 1:8 1:2 1:4 2y 3:3 16:4 5:d 2:1 1:1 1:2 6:2 1:1 2:4 29 1:1 4p 137:1 2:1 r9:2 vx 9o 64 2l:7 1f:4 6:1 4:1 2:4 1:3
4c 1:6 9o:2 7:1 4 j 3:1 5i:1 1:6 1:1 4:10 5 2 2y8:2 6m:v nsf 4:9 w:1 28:1 dq:h ce 1:1 3:1 5:1 1 ggu:6 7:1 11i:4 1as 14
4s fy:3 ar:1 4b:2 1 1h 1 aj:2 gz:6 3:4 6h h5d:6 n2h:6 1:g 2:6 1:1 1:4 79:6 af 1p:3 190:5;
NSM 230 T -mh 13m:3 1:2 2:5 6:1 1:1 2 k;
NSM 230 T -ms lc:4 1:6 2 1 1:1 19 ls:1;
NSM 232 T -m lx 4 1p 599 3lh;
NSM 233 T -m nw 2 2 595;
NSM 234 T -m nx:1 1:1 57v;
O 0 C - 6bx;
O 0 U - 53 e9:1 b:9 s 5r3 2si jv n7n 47:8 2w;
O 0 U -g ol;
R 0 C - 1oj:2;
R 0 D - 17k 7 1:4 4:c 1:6 1 10:1 9:e i:11 c 1 1:1 14:2 2 i:2 5:3 1:8 1 1 1:1 v:a 3:e 2:3 1 2:2 2:5 22:w 2e:4 2 1:9 1 a
1:3 2 t 2:4 i:9 5:1 2:5 1:e 1eyf:4 e:3 1:4 1:2 4f 1 3:2 1:1 1 2 a8:w 1 ek:2 1:g 17:3 2:b 1a 1:1 4 2:1 1:1 1 2 16xp:x;
R 0 D -f 18q 3a;
R 0 L - 1gp9 9 fc;
R 0 R - 17t 5:3 1q:2 k:h 15:8 1 1 u:1 w 4:4 4 9 1 1 2 t b:2 f:1 4 1:1 3:1 5i 5:1 1 a 1:2 e 1:1 5:i b r:2 1 2:1 6 1eyz 1
1:1 3:4 a 3 2 4c 1:2 3 2 1:1 1 b4 eo 1s:1 1q:2 2:1 2 4:1;
R 0 R -f 17r w 3t 2;
R 0 T - 2onf;
R 0 U - 17l 2a 34:1 m:1 3l:11 b e:9 16:1 a:l 4 9 3 1k 4 w 11 r 1cix 1vw:5 2 1:17 1:1 3 2:m a:m 9:u 1t:i 1:1 a:l a:p
1y:1j 6:1 1s f:3 1:2 1:s 16:s 3:s 15 4:1 l:1 s:1h a:l a:i 3x:20 3b:1e b1:15 6:1 26:s a t 2z 5 8 v:m 16o9:5g 3v:9;
R 0 U -h 15c:q 4:5;
R 220 R -d 17p;
R 230 D -d 17q 4b;
R 230 R -d 17m:2 4b i;
"""
