import { type Case, running, sharing } from './case.ts'

const harmless = (name: string, before: string): Case => [
  name,
  `${before}; ${sharing('return [rows.length, 2]')}`,
  { share: [3, 2] },
]
const asking = (name: string, body: string, ending: Case[2]): Case => [name, running(body), ending]

/** Programs that change what our side may use before it reads them, and that misuse allreduce. */
export const POISON: readonly Case[] = [
  harmless(
    'Array.prototype',
    'for (const k of Reflect.ownKeys(Array.prototype)) try { Array.prototype[k] = () => { throw 1 } } catch {}',
  ),
  harmless(
    'setters of indices',
    'Object.defineProperty(Array.prototype, 0, { get: () => 9, set() { throw 1 } })',
  ),
  harmless(
    'Object.prototype',
    'Object.prototype.kind = "result"; Object.prototype.then = (f) => f(9); Object.prototype.vector = [9, 9]',
  ),
  harmless(
    'Object',
    'Object.keys = Object.freeze = Object.entries = Object.defineProperty = () => { throw 1 }',
  ),
  harmless('JSON', 'JSON.stringify = JSON.parse = () => { throw 1 }; globalThis.JSON = null'),
  harmless('Promise', 'globalThis.Promise = class { constructor() { throw 1 } }'),
  harmless(
    'Function.prototype',
    'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 1 }',
  ),
  harmless('Symbol.iterator', 'Array.prototype[Symbol.iterator] = function* () { yield 9 }'),
  harmless(
    'Float64Array',
    'globalThis.Float64Array = Array; Object.getPrototypeOf(Int8Array.prototype).set = () => { throw 1 }',
  ),
  harmless(
    'typed arrays',
    'const p = Object.getPrototypeOf(Float64Array.prototype); Object.defineProperty(p, "length", { get: () => 99 })',
  ),
  harmless('Number', 'Number.isFinite = isFinite = () => true; Number.prototype.valueOf = () => 9'),
  harmless('Reflect', 'globalThis.Reflect = undefined; globalThis.globalThis = null'),
  harmless(
    'Error',
    'globalThis.Error = null; Object.defineProperty(globalThis, "undefined2", { value: 1 })',
  ),
  harmless(
    'prototypes taken away',
    'Object.setPrototypeOf(Array.prototype, null); Object.setPrototypeOf(Function.prototype, null)',
  ),
  harmless(
    'own names of the prelude',
    'globalThis.prepare = globalThis.rows = globalThis.answers = globalThis.allreduce = 9',
  ),
  [
    'rows that are changed',
    sharing('rows.length = 0; rows.push(1); Object.freeze(rows); return [rows.length, 2]'),
    { share: [1, 2] },
  ],
  asking(
    'then of Promise.prototype',
    'Promise.prototype.then = () => { throw 1 }; await allreduce([3, 4])',
    { share: [3, 4] },
  ),
  asking(
    'constructor of Promise.prototype',
    'Object.defineProperty(Promise.prototype, "constructor", { get() { throw new Error("x") } }); const [a] = await allreduce([3, 4]); return { a }',
    { share: [3, 4] },
  ),
  asking('not awaited', 'allreduce([3, 4]); return { a: 1 }', { share: [3, 4] }),
  asking('twice at once', 'await Promise.all([allreduce([3, 4]), allreduce([5, 6])]); return {}', {
    share: [3, 4],
  }),
  asking('first of two', 'await Promise.race([allreduce([3, 4]), 1]); return {}', {
    share: [3, 4],
  }),
  asking('in a then', 'await Promise.resolve().then(() => allreduce([3, 4])); return {}', {
    share: [3, 4],
  }),
  asking(
    'after the return',
    'Promise.resolve().then(() => 0).then(() => 0).then(() => 0).then(() => allreduce([3, 4])); return { a: 1 }',
    { result: { a: 1 } },
  ),
  asking(
    'while the vector is read',
    'await allreduce(Object.defineProperty([0, 0], 0, { get: () => allreduce([1, 2]) }))',
    'PROGRAM_OUTPUT',
  ),
  asking(
    'while the result is read',
    'return { get a() { allreduce([1, 2]); return 1 } }',
    'PROGRAM_OUTPUT',
  ),
  asking('without a vector', 'await allreduce()', 'PROGRAM_OUTPUT'),
  asking('with too short a vector', 'await allreduce([1])', 'PROGRAM_OUTPUT'),
  asking('with a proxy', 'await allreduce(new Proxy([1, 2], {}))', 'PROGRAM_OUTPUT'),
  asking('with a promise', 'await allreduce(Promise.resolve([1, 2]))', 'PROGRAM_OUTPUT'),
  asking(
    'with a refusal that is caught',
    'try { await allreduce([NaN, 1]) } catch { return { a: 1 } }',
    'PROGRAM_OUTPUT',
  ),
  asking(
    'as a constructor',
    'try { new allreduce([1, 2]) } catch (e) { return { name: e.name } }',
    { result: { name: 'TypeError' } },
  ),
  asking('with another this', 'await allreduce.call(null, [3, 4])', { share: [3, 4] }),
  asking('bound', 'await allreduce.bind({}, [3, 4])()', { share: [3, 4] }),
  asking('as a callback', '[[3, 4]].forEach(allreduce); return {}', { share: [3, 4] }),
  asking(
    'as a getter',
    'const o = Object.defineProperty({}, "x", { get: allreduce }); o.x; return {}',
    'PROGRAM_OUTPUT',
  ),
  asking('in a sort', '[[3, 4], [5, 6]].sort(allreduce); return {}', { share: [3, 4] }),
  asking(
    'in finally of an abandoned generator',
    'function* g() { try { yield } finally { allreduce([3, 4]) } } for (const x of g()) break; return {}',
    { share: [3, 4] },
  ),
  asking('vector changed later', 'const v = [3, 4]; const p = allreduce(v); v[0] = 9; await p', {
    share: [3, 4],
  }),
  asking('kept for later', 'globalThis.kept = allreduce; return { kept: typeof kept }', {
    result: { kept: 'function' },
  }),
  asking('promise that never settles', 'await new Promise(() => {})', 'PROGRAM_FAULT'),
  asking('rejection', 'await Promise.reject(new Error("x"))', 'PROGRAM_FAULT'),
  asking('rejection of nobody', 'Promise.reject(new Error("x")); return { a: 1 }', {
    result: { a: 1 },
  }),
  // biome-ignore lint/suspicious/noThenProperty: that is what the program returns
  asking('thenable as result', 'return { then: 1 }', { result: { then: 1 } }),
  asking('thenable that settles', 'return { then(f) { f({ a: 1 }) } }', { result: { a: 1 } }),
  ['run that is not async', 'export function run() { return { a: 1 } }', { result: { a: 1 } }],
  [
    'run that returns a thenable',
    'export function run() { return { then(f) { f({ a: 1 }) } } }',
    'PROGRAM_OUTPUT',
  ],
  [
    'run that is a subclass of a promise',
    'class P extends Promise {} export function run() { return P.resolve({ a: 1 }) }',
    { result: { a: 1 } },
  ],
]

const same = (name: string, body: string, result: object): Case => [name, running(body), { result }]

/** Programs that look for chance, time or the machine. */
export const CHANCE: readonly Case[] = [
  asking('Date', 'return { at: Date.now() }', 'PROGRAM_FAULT'),
  asking('new Date', 'return { at: +new Date() }', 'PROGRAM_FAULT'),
  asking('Math.random', 'return { a: Math.random() }', 'PROGRAM_FAULT'),
  asking('performance', 'return { at: performance.now() }', 'PROGRAM_FAULT'),
  asking(
    'Atomics.wait',
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9)',
    'PROGRAM_FAULT',
  ),
  asking('WeakRef', 'return { a: new WeakRef({}) }', 'PROGRAM_FAULT'),
  asking('FinalizationRegistry', 'new FinalizationRegistry(() => {})', 'PROGRAM_FAULT'),
  asking('setTimeout', 'await new Promise((f) => setTimeout(f, 1))', 'PROGRAM_FAULT'),
  same(
    'clock by counting',
    'let n = 0; const p = Promise.resolve().then(() => { n = 1 }); let k = 0; while (n === 0 && k < 1e4) k++; await p; return { k }',
    { k: 10_000 },
  ),
  same('stack of an error', 'return { stack: new Error("x").stack }', {
    stack: '    at run (program:1:66)\n',
  }),
  same(
    'order of names',
    'const o = { b: 1, 2: 1, a: 1, 1: 1 }; delete o.b; o.b = 1; return { o: Object.keys(o) }',
    { o: ['1', '2', 'a', 'b'] },
  ),
  same('order of sort', 'return { a: Array.from({ length: 40 }, (_, k) => k).sort(() => 0) }', {
    a: Array.from({ length: 40 }, (_, k) => k),
  }),
  same(
    'bits of NaN',
    'return { a: [0 / 0, -(0 / 0), Infinity - Infinity, Math.sqrt(-1), Math.sin(Infinity), parseFloat("x")].map((x) => [...new Uint8Array(new Float64Array([x]).buffer)].join()).filter((x, _, all) => x !== all[0]) }',
    { a: [] },
  ),
  same(
    'locale',
    'return { a: (1234.5).toLocaleString(), b: ["b", "a", "B", "ä"].sort((x, y) => x.localeCompare(y)), c: "I".toLocaleLowerCase("tr") }',
    { a: '1234.5', b: ['B', 'a', 'b', 'ä'], c: 'i' },
  ),
  same(
    'memory that was used before',
    'return { a: [...new Uint8Array(1000)].some((x) => x !== 0), b: new Array(10).some(() => true) }',
    { a: false, b: false },
  ),
  same(
    'what another run left',
    'globalThis.count = (globalThis.count ?? 0) + 1; Math.kept = (Math.kept ?? 0) + 1; return { count, kept: Math.kept }',
    { count: 1, kept: 1 },
  ),
  same(
    'symbols that another run registered',
    'const had = Symbol.keyFor(Symbol.for("left")); return { had }',
    { had: 'left' },
  ),
  same(
    'powers and sines',
    'return { a: [Math.sin(1e22), Math.pow(1.1, 100.5), Math.exp(-1.25), Math.log(3), Math.tanh(0.3), Math.cbrt(7)] }',
    {
      a: [
        -0.8522008497671888, 14453.22815520849, 0.2865047968601901, 1.0986122886681098,
        0.29131261245159085, 1.9129311827723892,
      ],
    },
  ),
]
