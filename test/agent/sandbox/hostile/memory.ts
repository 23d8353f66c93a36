import { type Case, running, sharing } from './case.ts'

const bomb = (name: string, body: string): Case => [name, sharing(body), 'PROGRAM_MEMORY']

/** Programs that hold, or nest, without a bound. */
export const MEMORY: readonly Case[] = [
  bomb('arrays', 'const a = []; for (;;) a.push([1, 2, 3, 4, 5, 6, 7, 8])'),
  bomb('one array', 'const a = []; for (;;) a.push(0.5)'),
  bomb('objects', 'const a = []; for (;;) a.push({ a: 1, b: 2 })'),
  bomb('typed arrays', 'const a = []; for (;;) a.push(new Uint8Array(1e5))'),
  bomb('one large buffer', 'new ArrayBuffer(2 ** 31 - 1)'),
  bomb(
    'buffers that grow',
    'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); b.resize(2 ** 29)',
  ),
  bomb('texts', 'const a = []; for (let k = 0; ; k++) a.push(String(k).padStart(1e5))'),
  bomb('text that doubles', 'let s = "ab"; for (let k = 0; k < 28; k++) s = [s, s].join("")'),
  bomb('repeat', '"abc".repeat(2 ** 28)'),
  bomb('padStart', '"".padStart(2 ** 29, "abc")'),
  bomb('fill of a plain array', 'new Array(2 ** 28).fill(0)'),
  bomb('Array.from', 'Array.from({ length: 2 ** 28 }, () => 1)'),
  bomb('flat', 'let a = [1]; for (;;) a = [a, a].flat(Infinity)'),
  bomb('concat', 'let a = [1]; for (;;) a = a.concat(a)'),
  bomb('spread', 'let a = [1]; for (;;) a = [...a, ...a]'),
  bomb('split', '"a".repeat(5e6).split("")'),
  ['map', sharing('const m = new Map(); for (let k = 0; ; k++) m.set(k, k)'), 'PROGRAM_FUEL'],
  ['set', sharing('const s = new Set(); for (let k = 0; ; k++) s.add(k)'), 'PROGRAM_FUEL'],
  bomb(
    'weak map whose keys live',
    'const w = new WeakMap(); const a = []; for (;;) { const o = {}; a.push(o); w.set(o, o) }',
  ),
  bomb('closures', 'const a = []; for (;;) { const b = new Array(100).fill(1); a.push(() => b) }'),
  bomb('names of properties', 'const o = {}; for (let k = 0; ; k++) o["p" + k] = k'),
  bomb('symbols', 'const a = []; for (;;) a.push(Symbol("x"))'),
  [
    'registered symbols',
    sharing('for (let k = 0; ; k++) Symbol.for(String(k).padStart(1e5))'),
    'PROGRAM_FUEL',
  ],
  bomb(
    'generators',
    'function* g() { yield 1 } const a = []; for (;;) { const i = g(); i.next(); a.push(i) }',
  ),
  bomb('bound functions', 'let f = () => 1; for (;;) f = f.bind(null, 1)'),
  bomb(
    'regular expressions',
    'const a = []; for (let k = 0; ; k++) a.push(new RegExp("a{" + k + "}"))',
  ),
  bomb('long integers', 'const a = []; for (;;) a.push(2n ** 100000n)'),
  bomb('errors with stacks', 'const a = []; for (;;) a.push(new Error("x".repeat(1000)))'),
  [
    'JSON text',
    sharing('let o = [1]; for (let k = 0; k < 26; k++) o = [o, o]; JSON.stringify(o)'),
    'PROGRAM_FUEL',
  ],
  bomb('spread into arguments', 'Math.max(...new Array(5e6).fill(1))'),
  bomb(
    'bomb that catches and goes on',
    'const a = []; for (;;) try { a.push(new Uint8Array(1e6)) } catch { a.push(new Uint8Array(1e5)) }',
  ),
  bomb('brackets to parse', 'JSON.parse("[".repeat(1e5))'),
  bomb('brackets to evaluate', 'eval("[".repeat(1e5))'),
  bomb('groups of a regular expression', 'new RegExp("(?:".repeat(1e5))'),
  bomb('functions in functions', 'eval("function f(){".repeat(1e4))'),
  bomb(
    'nested array, as text',
    'let a = []; for (let k = 0; k < 1e5; k++) a = [a]; JSON.stringify(a)',
  ),
  ['promises', running('const a = []; for (;;) a.push(new Promise(() => {}))'), 'PROGRAM_MEMORY'],
  ['jobs', running('for (;;) Promise.resolve().then(() => {})'), 'PROGRAM_MEMORY'],
  [
    'outermost level',
    'const a = []; for (;;) a.push({}); export function share() {}',
    'PROGRAM_MEMORY',
  ],
  ['recursion', sharing('const f = () => f() + 1; return f()'), 'PROGRAM_FAULT'],
  [
    'recursion of getters',
    sharing('const o = { get x() { return this.x } }; return [o.x, 1]'),
    'PROGRAM_FAULT',
  ],
  [
    'recursion of proxies',
    sharing('const p = new Proxy({}, { get: (_, k, q) => q[k] }); p.x'),
    'PROGRAM_FAULT',
  ],
  [
    'recursion of constructors',
    sharing('class A { constructor() { new A() } } new A()'),
    'PROGRAM_FAULT',
  ],
  ['recursion through sort', sharing('const f = () => [2, 1].sort(f); f()'), 'PROGRAM_FAULT'],
  [
    'recursion through toString',
    sharing('const o = { toString: () => String(o) }; String(o)'),
    'PROGRAM_MEMORY',
  ],
  [
    'recursion of asyncs',
    running('const f = async () => { await f() }; await f()'),
    'PROGRAM_FAULT',
  ],
  [
    'chain of prototypes',
    sharing('let o = {}; for (let k = 0; k < 5000; k++) o = Object.create(o); o.x; return [1, 2]'),
    { share: [1, 2] },
  ],
  [
    'chain of proxies',
    sharing('let p = {}; for (let k = 0; k < 1e4; k++) p = new Proxy(p, {}); p.x'),
    'PROGRAM_FAULT',
  ],
  [
    'bomb that is caught',
    sharing('try { new ArrayBuffer(2 ** 30) } catch {} return [1, 2]'),
    'PROGRAM_MEMORY',
  ],
  [
    'bomb with a finally',
    sharing('try { new ArrayBuffer(2 ** 30) } finally { return [1, 2] }'),
    'PROGRAM_MEMORY',
  ],
  [
    'bomb in a promise, caught',
    running(
      'await Promise.resolve().then(() => new ArrayBuffer(2 ** 30)).catch(() => 1); return {}',
    ),
    'PROGRAM_MEMORY',
  ],
  [
    'bomb in an async function, caught',
    running('try { await (async () => new ArrayBuffer(2 ** 30))() } catch {} return {}'),
    'PROGRAM_MEMORY',
  ],
  [
    'bomb in a generator, caught',
    sharing(
      'function* g() { try { yield new ArrayBuffer(2 ** 30) } finally { yield 1 } } try { g().next() } catch {} return [1, 2]',
    ),
    'PROGRAM_MEMORY',
  ],
  [
    'recursion that is caught',
    sharing('let n = 0; const f = () => { n++; f() }; try { f() } catch {} return [n, 1]'),
    { share: [545, 1] },
  ],
]
