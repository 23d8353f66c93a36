import { type Case, running, sharing } from './case.ts'

const endless = (name: string, body: string): Case => [name, sharing(body), 'PROGRAM_FUEL']

/** Programs that do not end by themselves. */
export const LOOPS: readonly Case[] = [
  endless('while', 'while (true);'),
  endless('for', 'for (;;) { rows.length }'),
  endless('do', 'let k = 0; do k++; while (k > 0); return [k, k]'),
  endless('labels', 'outer: for (;;) { for (;;) continue outer }'),
  endless('loop that catches everything', 'for (;;) { try { throw 1 } catch {} }'),
  endless('loop in finally', 'try { throw 1 } finally { for (;;); }'),
  endless('loop in a getter', 'const o = { get x() { for (;;); } }; return [o.x, 1]'),
  endless('loop in a setter', 'const o = { set x(v) { for (;;); } }; o.x = 1'),
  endless('loop in valueOf', 'return [{ valueOf() { for (;;); } } * 1, 1]'),
  endless('loop in toString', 'return [String({ toString() { for (;;); } }), 1]'),
  endless('loop in Symbol.toPrimitive', 'return [+{ [Symbol.toPrimitive]() { for (;;); } }, 1]'),
  endless('loop in a comparator', '[3, 2, 1].sort(() => { for (;;); })'),
  endless('loop in map', 'rows.map(() => { for (;;); })'),
  endless(
    'set that grows while it is walked',
    'const s = new Set([0]); for (const x of s) { s.delete(x); s.add(x + 1) }',
  ),
  endless(
    'map that grows while it is walked',
    'const m = new Map([[0, 0]]); m.forEach((_, k) => { m.delete(k); m.set(k + 1, 0) })',
  ),
  endless(
    'endless iterator, spread',
    'const o = { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }; for (const x of o);',
  ),
  endless('generator', 'function* g() { for (;;) yield 1 } for (const x of g());'),
  endless(
    'generator that does not return',
    'function* g() { try { yield 1 } finally { for (;;) yield 2 } } for (const x of g()) break; const h = g(); h.next(); for (;;) h.return()',
  ),
  endless(
    'iterator helpers',
    'function* g() { for (;;) yield 1 } g().map((x) => x).filter((x) => x > 1).next()',
  ),
  endless(
    'Array.from of an endless iterator without values',
    'function* g() { for (;;) yield* [] } Array.from(g())',
  ),
  endless('regular expression, nested stars', '/^(a+)+$/.test("a".repeat(40) + "b")'),
  endless('regular expression, alternatives', '/^(a|a)*$/.test("a".repeat(40) + "b")'),
  endless('regular expression, back references', '/^(a*)*\\1b$/.test("a".repeat(40))'),
  endless('regular expression, lookbehind', '/(?<=b(a+)+)c/.test("a".repeat(40) + "c")'),
  endless('replace with a callback', '"a".replace(/a/, () => { for (;;); })'),
  endless('JSON.parse with a reviver', 'JSON.parse("[1]", () => { for (;;); })'),
  endless('JSON.stringify with toJSON', 'JSON.stringify({ toJSON() { for (;;); } })'),
  endless('proxy trap', 'new Proxy({}, { get() { for (;;); } }).x'),
  endless(
    'proxy that lies about its keys',
    'const p = new Proxy({}, { ownKeys() { for (;;); } }); Object.keys(p)',
  ),
  endless('class field', 'class A { x = (() => { for (;;); })() } new A()'),
  endless('static block', 'class A { static { for (;;); } }'),
  endless('tagged template', '((s) => { for (;;); })`x`'),
  endless('instanceof', '({}) instanceof { [Symbol.hasInstance]() { for (;;); } }'),
  endless('search of 2^53 places', '[].includes.call({ length: 2 ** 53 - 1 }, 1)'),
  endless('search backwards', '[].lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)'),
  endless(
    'search of a proxy',
    '[].indexOf.call(new Proxy([], { get: (_, k) => (k === "length" ? 2 ** 50 : 0) }), 1)',
  ),
  endless(
    'holes of a sparse array',
    'const a = []; a[2 ** 32 - 2] = 1; a.forEach(() => {}); for (;;) a.reverse()',
  ),
  endless('join of holes', 'for (;;) new Array(1e6).join("")'),
  endless(
    'products of long integers',
    'let a = 3n ** 20000n; for (;;) a = (a * a) % (2n ** 60000n)',
  ),
  endless('text of a long integer', 'const a = 2n ** 900000n; for (;;) String(a)'),
  endless('fills of a large buffer', 'const a = new Uint8Array(8e6); for (;;) a.fill(1)'),
  endless('copies of a large buffer', 'const a = new Uint8Array(8e6); for (;;) a.copyWithin(0, 1)'),
  endless('sorts of a large buffer', 'const a = new Float64Array(1e6); for (;;) a.sort()'),
  endless('normal forms', 'const s = "e\\u0301".repeat(1e5); for (;;) s.normalize("NFC")'),
  endless(
    'searches in long texts',
    'const s = "ab".repeat(5e5); for (;;) s.indexOf("b".repeat(1000))',
  ),
  endless('garbage with circles', 'for (;;) { const a = {}; a.a = a; new Array(100).fill(a) }'),
  endless('eval', 'eval("for (;;);")'),
  endless('Function', 'new Function("for (;;);")()'),
  ['outermost level', 'for (;;); export function share() {}', 'PROGRAM_FUEL'],
  [
    'promises that make promises',
    running('const again = () => Promise.resolve().then(again); await again()'),
    'PROGRAM_FUEL',
  ],
  ['await in a loop', running('for (;;) await null'), 'PROGRAM_FUEL'],
  ['thenable without an end', running('const t = { then(f) { f(t) } }; await t'), 'PROGRAM_FUEL'],
  [
    'async generator',
    running('async function* g() { for (;;) yield 1 } for await (const x of g());'),
    'PROGRAM_FUEL',
  ],
  ['result with a getter that loops', running('return { get x() { for (;;); } }'), 'PROGRAM_FUEL'],
  [
    'vector with a getter that loops',
    sharing('return Object.defineProperty([0, 0], 1, { get() { for (;;); } })'),
    'PROGRAM_FUEL',
  ],
  [
    'error whose message loops',
    sharing('throw Object.defineProperty(new Error(), "message", { get() { for (;;); } })'),
    'PROGRAM_FUEL',
  ],
  [
    'error whose stack loops',
    sharing('throw Object.defineProperty(new Error(), "stack", { get() { for (;;); } })'),
    'PROGRAM_FUEL',
  ],
]
