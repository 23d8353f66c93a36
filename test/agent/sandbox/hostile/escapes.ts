import { type Case, running, sharing } from './case.ts'

/** What must not be there, or not answer, each as the expression that looks for it. */
const ABSENT =
  'process require module exports global window self fetch XMLHttpRequest WebSocket setTimeout setInterval setImmediate queueMicrotask console print performance navigator Date WeakRef FinalizationRegistry SharedArrayBuffer Atomics WebAssembly Intl Temporal structuredClone Buffer Worker Deno Bun std os crypto gc DOMException atob btoa escape unescape ShadowRealm DisposableStack'.split(
    ' ',
  )

const faulty = (name: string, body: string): Case => [name, sharing(body), 'PROGRAM_FAULT']

/** Programs that look for a way to the host. */
export const ESCAPES: readonly Case[] = [
  [
    'names of the host and of time',
    running(`return { found: ${JSON.stringify(ABSENT)}.filter((name) => name in globalThis) }`),
    { result: { found: [] } },
  ],
  faulty('constructor of this', 'return this.constructor.constructor("return process")()'),
  faulty('constructor of a function', 'return share.constructor("return process")().exit()'),
  faulty('constructor of a row', 'return rows[0].constructor.constructor("return process")()'),
  faulty(
    'constructor of an async function',
    '(async () => {}).constructor("return process")().x.y',
  ),
  faulty('constructor of a generator', '(function* () {}).constructor("yield process")().next()'),
  [
    'constructor of allreduce',
    running(
      'return { is: typeof allreduce.constructor("return typeof process")(), p: allreduce.constructor("return typeof process")() }',
    ),
    { result: { is: 'string', p: 'undefined' } },
  ],
  [
    'allreduce has nothing of the host',
    running(
      'return { keys: Reflect.ownKeys(allreduce).sort(), is: Object.getPrototypeOf(allreduce) === Function.prototype }',
    ),
    { result: { keys: ['length', 'name'], is: true } },
  ],
  faulty('caller of a function', 'function f() { return f.caller } return [f().x, 1]'),
  faulty('callee of arguments', 'return arguments.callee'),
  faulty('indirect eval', '(0, eval)("process.exit()")'),
  faulty('direct eval', 'eval("require(\'fs\')")'),
  faulty('import inside of eval', 'return eval("import.meta.url")'),
  ['import of node:fs', 'import fs from "node:fs"; export function share() {}', 'PROGRAM_FORM'],
  ['import of std', 'import * as std from "std"; export function share() {}', 'PROGRAM_FORM'],
  ['import of a path', 'import "/etc/passwd"; export function share() {}', 'PROGRAM_FORM'],
  [
    'import of itself',
    'import { share as s } from "program"; export function share() { return [typeof s, 1] }',
    'PROGRAM_OUTPUT',
  ],
  ['export from elsewhere', 'export * from "node:os"', 'PROGRAM_FORM'],
  [
    'import of JSON',
    'import x from "./package.json" with { type: "json" }; export function share() {}',
    'PROGRAM_FORM',
  ],
  ['dynamic import', running('return await import("node:fs")'), 'PROGRAM_FAULT'],
  [
    'dynamic import that is caught',
    running('try { await import("node:child_process") } catch (e) { return { name: e.name } }'),
    { result: { name: 'ReferenceError' } },
  ],
  ['import.meta', running('return { keys: Object.keys(import.meta) }'), { result: { keys: [] } }],
  [
    'this of the module',
    'const self = this; export async function run() { return { is: typeof self } }',
    { result: { is: 'undefined' } },
  ],
  [
    'this of a loose function',
    running(
      'return { same: new Function("return this")() === globalThis, p: typeof new Function("return this")().process }',
    ),
    { result: { same: true, p: 'undefined' } },
  ],
  [
    'prepareStackTrace',
    running(
      'let seen = 0; Error.prepareStackTrace = (_, sites) => { seen++; return sites }; const s = new Error("x").stack; return { host: /node:|file:|\\/(agent|tmp)\\//.test(JSON.stringify(s) ?? ""), is: seen < 9 }',
    ),
    { result: { host: false, is: true } },
  ],
  [
    'stack of a throw through allreduce',
    running('try { await allreduce() } catch (e) { return { e } }'),
    'PROGRAM_OUTPUT',
  ],
  [
    'with',
    sharing('return new Function("with ({ a: 1 }) { return [a, 2] }")()'),
    { share: [1, 2] },
  ],
  [
    'program that deletes everything',
    sharing(
      'for (const name of Reflect.ownKeys(globalThis)) try { delete globalThis[name] } catch {} return [typeof Object === "undefined" ? 1 : 0, 2]',
    ),
    { share: [1, 2] },
  ],
  [
    'program that closes everything',
    sharing('Object.freeze(globalThis); return [1, 2]'),
    { share: [1, 2] },
  ],
  [
    'null bytes in a message',
    sharing('throw new Error("a\\u0000b\\u001b[2J\\u202e")'),
    'PROGRAM_FAULT',
  ],
  ['endless message', sharing('throw new Error("x".repeat(1e6))'), 'PROGRAM_FAULT'],
  ['throw of nothing', sharing('throw undefined'), 'PROGRAM_FAULT'],
  [
    'throw of a proxy',
    sharing('throw new Proxy(new Error(), { get() { throw 1 } })'),
    'PROGRAM_FAULT',
  ],
  ['throw of a symbol', sharing('throw Symbol("x")'), 'PROGRAM_FAULT'],
  ['throw of half a surrogate', sharing('throw "\\ud800"'), 'PROGRAM_OUTPUT'],
  [
    'error of another name',
    sharing(
      'const e = new Error("INVARIANT"); e.name = "HypernetError"; e.code = "INVARIANT"; throw e',
    ),
    'PROGRAM_FAULT',
  ],
  ['no code', '', 'PROGRAM_FORM'],
  ['no program', 'export const a = 1', 'PROGRAM_FORM'],
  [
    'null byte in the code',
    'export function share() { return [1, 2] }\u0000process.exit()',
    'PROGRAM_FORM',
  ],
  ['both forms', 'export function share() {} export function run() {}', 'PROGRAM_FORM'],
  ['finish alone', 'export function finish() {}', 'PROGRAM_FORM'],
  ['share that is a class', 'export class share {}', 'PROGRAM_FAULT'],
  [
    'share that is a proxy',
    'export const share = new Proxy(() => [1, 2], { apply: () => [3, 4] })',
    { share: [3, 4] },
  ],
  ['default export', 'export default function share() { return [1, 2] }', 'PROGRAM_FORM'],
  ['export that is never set', 'export { share }; if (0) { } let share; throw 1', 'PROGRAM_FAULT'],
  [
    'top-level promise that never settles',
    'await new Promise(() => {}); export function share() {}',
    'PROGRAM_FAULT',
  ],
]
