"""The shipped TypeScript grammar allows what TypeScript's compiler parses, but for what its header says."""

from __future__ import annotations

import importlib
import random
import re
from pathlib import Path
from typing import Any

import pytest

import structgen
from tests.grammars.code_oracles import has_typescript_oracle, is_valid_typescript
from tests.grammars.random_texts import random_words
from tests.grammars.recognise import SHELF, accepts
from tests.grammars.test_walks import ending, walked
from tests.resources.install_typescript import PACKAGE
from tests.tokens.test_grammar_masks import spelled

GRAMMAR = "typescript.lark"
SEED = 11
RANDOM_TEXTS = 400
MAX_CHARACTERS = 20_000

compiler = pytest.mark.skipif(
    not has_typescript_oracle(), reason="TypeScript is not installed: python tests/resources/install_typescript.py"
)

ACCEPTED = [
    "",
    "// nothing\n/* at all */",
    "import fs, { readFile as read, type Stats } from 'fs'; import * as path from 'path'; import './x';",
    "import type { A, B } from './types'; export type { A }; export * as c from './c'; export { d as default, e };",
    "export default class {}",
    "export default async function (a: number) { return a; }",
    "export default [1] as const;",
    "const a = 1, b: number = 2, { c, d: [e = 3, ...f], ...g } = h, [i, , j] = k;",
    "let x: string | null | undefined; x ??= 'y'; x += `z`;",
    "function f<T extends object = {}>(this: A, a?: T, { b }: C = {}, ...c: D[]): asserts a is T { throw new E(); }",
    "function f(a: string): void; function f(a: any) {}",
    "async function f() { for await (const a of b()) await a.c?.[0]?.(); }",
    """abstract class A<T> extends B.C<T> implements D, E<T> {
  static readonly x: number = 1; private y?: T[];
  constructor(private readonly a: string, public b = 2) { super(a); this.y = []; }
  get z(): number { return this.y!.length; }
  set z(v) {}
  abstract f(): void;
  static async g<U>(u: U): Promise<U> { return u; }
  [key: string]: any;
}""",
    "interface A extends B<C>, D { readonly x: number; y?(): void; [k: string]: any, new (a: number): A; (b: T): U }",
    "type A<T> = | 'a' | 1 | -1 | keyof B | typeof c.d | readonly string[] | (E & F)[] | [a: G, b?: H, ...I[]] | T[K];",
    "type A = { readonly [K in keyof T]?: T[K] }; type B = (a: C, ...d: E[]) => a is F; type G = new () => H;",
    "type A<T> = T extends Array<infer U> ? U : T extends (...a: any[]) => infer R ? R : never;",
    "enum A { B, C = 1, 'd' = B | C } const enum E { F = 'f' } declare const x: Map<string, Set<number>>;",
    "declare module 'x' { export function f(): void; } declare global { interface Window { a: string } }",
    "if (a) b(); else if ('c' in d) { e(); } else f();",
    "for (let i = 0, n = a.length; i < n; i++) { if (b) continue; break; }",
    "for (const k in o) {} for (const [k, v] of m) {}",
    "for (;;) {} while (a) b(); do { c(); } while (d);",
    "switch (a) { case 1: case 'x': b(); break; default: c(); }",
    "try { a(); } catch { b(); } finally { c(); } try { a(); } catch (e: unknown) { throw e; }",
    "const f = (a, b = 1) => a + b; const g = async x => ({ x });",
    "const h = <T,>(a: T): T => a; const i = function () {};",
    "a ? (b) : c => d; a ? b : c ? d : e; a = b = c; a || b && c; (a ?? b) || c;",
    "2 ** -1; (-2) ** 2; !a; typeof a === 'b';",
    "f<T>(a)(...b, c as D, e as const)[0].if!.g;",
    "new A.B<C>(d).e(); import('x').then(m => m.default); delete a.b;",
    "const o = { a, 'b': 1, 2: c, [d]: e, ...f, g() {}, async h() {}, get i() { return 1; }, set i(v) {}, class: 3 };",
    "const s = 'a\\n\\x41\\u0041\\u{1F600}' + \"b\" + `c ${d} ${e.f(g)} ${h + 1} $ ${i ? 'j' : 'k'}\n`;",
    "const s = `a ${b.map(c => `<li>${c}</li>`).join('')} ${d ? `e${f}` : \"g\"}` + `$` + `$$${a}{}$`;",
    "const u = `\\${\n{ a: 1 }.a}` + `{${ { a: 1 }.a }}\\n$`;",
    "const t = `${(() => { return `}`; })()}`.length; type A = `${B}-${number}c` | `d`; f(`${await g()}`);",
    "const r = /^[a-z\\d_-]+$/i.test(s) ? /[/]\\//g : a / b / c; s.split(/[,;]\\s*/, 2);",
    "if (x) /a|(?:b(c)?)*|(?=d)/.test(y);",
    "const q = [/(\\d{4})-(\\d{2})/gm, /<\\/?[^>]*>/]; x /= 2; typeof /a/; a++ / b / c; ({ a: /b/ });",
    "const n = [0, 1.5, .5, 1e3, 0x1F, 0o17, 0b1, 1_000, 10n]; a < b; a <= b; a instanceof B; a | b & c ^ d << 1;",
    "const type = 1; type = 2; from(of, get.set); debugger;",
]
REJECTED = [
    "const 1 = 2;",
    "const a = ;",
    "let a b;",
    "a b;",
    "a +;",
    "a + b = 1;",
    "-a ** b;",
    "++a++;",
    "a++ = 1;",
    "if a { b(); }",
    "if (a)",
    "else b();",
    "for (const a of b, c) {}",
    "for (a; b) {}",
    "while () {}",
    "try {}",
    "throw;",
    "switch (a) { b(); }",
    "function () {}",
    "function f( {}",
    "function f(a b) {}",
    "(a, b) =>;",
    "class A { x: }",
    "class A { constructor( }",
    "interface { }",
    "type A;",
    "type A = ;",
    "type A = B |;",
    "type A = (a: B) => C | ;",
    "type A = B | (c: D) => E;",
    "enum A { B C }",
    "import a b from 'c';",
    "import { a b } from 'c';",
    "export a;",
    "export { a b };",
    "[1, 2;",
    "{ a: 1, b: 2 };",
    "f(a b);",
    "f(a;",
    "a..b;",
    "a?.;",
    "new;",
    "1a;",
    "08;",
    "1__0;",
    "0x;",
    "'a\nb';",
    "'\\x4';",
    "'\\u{110000}';",
    "`a",
    "`${`;",
    "`${if}`;",
    "`${}`;",
    "`${a b}`;",
    "`${a`;",
    "`a}`;}",
    "let a = {b: 1}`;",
    "type A = `${1 + 2}`;",
    "let a = /b;",
    "let a = /b\nc/;",
    "let a = /[b/;",
    "/* a",
    "let if = 1;",
    "let x: Array<string;",
    "let x = y as;",
    "a as B = 1;",
    "return\n{ a } === b;",
    "return // a\n{ a } === b;",
]
# The parser lets these pass: it ends statements at line breaks, or leaves the error to what comes after it.
LEFT_OUT = [
    "const;",
    "throw\na;",
    "return\na;",
    "(a)\n=> b;",
    "async\na => b;",
    "class { }",
    "class A extends { }",
    "interface A { x: number = 1 }",
    "import a from b;",
    "a = b",
    "f() = 1;",
    "new A;",
    "function* f() { yield a; }",
    "let r = /a/gg;",
    "let r = /[z-a]{3,2}/;",
    "let r = /(?<a>b)/;",
    "let r = /a/g in b;",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_typescript_is_accepted(text: str) -> None:
    assert accepts(GRAMMAR, text)


@compiler
@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_accepted_is_typescript(text: str) -> None:
    assert is_valid_typescript(text)


@pytest.mark.parametrize("text", REJECTED + LEFT_OUT)
def test_what_is_not_typescript_is_rejected(text: str) -> None:
    assert not accepts(GRAMMAR, text)


@compiler
@pytest.mark.parametrize("text", REJECTED)
def test_what_is_rejected_is_not_typescript(text: str) -> None:
    assert not is_valid_typescript(text)


EXAMPLES = {
    "NAME": ["a", "b", "C"],
    "STRING": ['"s"', "'t'"],
    "NUMBER": ["1", "1.5", "0x1F", "1n"],
    "TEMPLATE": ["`t`"],
    "TEMPLATE_HEAD": ["`a${"],
    "TEMPLATE_MIDDLE": ["}b$${"],
    "TEMPLATE_TAIL": ["}c`"],
    "REGEXP": ["/a+/g"],
    "INDEXED": ["a[b]", "T[K]"],
}
BETWEEN = [" ", " ", " ", " ", "", "\n", "// c\n", "/* c\n */", "\t"]


@compiler
def test_random_texts_of_the_grammar_are_typescript() -> None:
    """With line breaks and comments anywhere; where that makes other lexemes, the text may be none of the grammar."""
    choices = random.Random(SEED)
    texts: list[str] = []
    while len(texts) < RANDOM_TEXTS:
        words = random_words(GRAMMAR, choices, EXAMPLES, size=choices.choice([5, 15, 40]))
        text = "".join(word + choices.choice(BETWEEN) for _, word in words)
        if accepts(GRAMMAR, text):
            texts.append(text)
    assert [text for text in texts if not is_valid_typescript(text)] == []


def test_random_regular_expressions_are_right() -> None:
    """TypeScript's parser doesn't look into them, so QuickJS does."""
    notation = (SHELF / GRAMMAR).read_text("utf-8")
    terminals = re.findall(r"^_?REGEXP.*\n", notation, re.MULTILINE)
    vocabulary = spelled(b"||", b"(?:", b"(?<!", b"[^", b"a-z", b"{2,", b"3}", b")+", b"]*")
    compiled = structgen.compile(grammar="start: REGEXP\n" + "".join(terminals), vocabulary=vocabulary)
    context: Any = importlib.import_module("quickjs").Context()
    verdict = context.eval(
        "(text, flags) => { try { return String(new RegExp(text, flags)); } catch (e) { return String(e); } }"
    )
    wrong = []
    for seed in range(RANDOM_TEXTS):
        text = walked(compiled.matcher(), vocabulary, random.Random(seed))
        body, _, flags = (text + (ending(compiled.matcher(), text) or b"")).decode()[1:].rpartition("/")
        if "Error" in verdict(body, flags):
            wrong.append((body, flags, verdict(body, flags)))
    assert wrong == []


@compiler
def test_most_of_typescripts_own_declarations_are_accepted() -> None:
    """Of 98 files below 60,000 characters, 90 are."""
    files = sorted(Path(PACKAGE / "lib").glob("*.d.ts"))
    texts = [text for file in files if len(text := file.read_text("utf-8")) < MAX_CHARACTERS]
    assert len(texts) > 50
    assert sum(accepts(GRAMMAR, text) for text in texts) >= len(texts) * 0.88
