import t from 'tap'
import { interpreter } from '../../../agent/io/programs/interpreterFile.ts'
import { runProgram } from '../../../agent/sandbox/program.ts'
import { endingOf, HONEST, INPUT, textOf } from './hostile/case.ts'
import { CORPUS } from './hostile/corpus.ts'

/** Growth of the process over all that the corpus tries to hold, some gigabytes: measured, 40 MB. */
const MOST_GROWTH = 200e6
/** What a program might reach if it got out. */
const HOST = [Object, Array, Promise, Function, Float64Array, JSON, Math, Reflect, globalThis]

const namesOfHost = () =>
  HOST.flatMap((each) => {
    const { prototype } = each as { prototype?: object }
    return [each, prototype ?? {}].map((of) => Reflect.ownKeys(of).map(String))
  })
const before = namesOfHost()
const machine = interpreter()
const startSize = process.memoryUsage().rss

for (const [intent, cases, limits] of CORPUS) {
  t.test(`programs that ${intent} end as they must, at the same step each time`, async (t) => {
    for (const [name, code, ending] of cases) {
      const attempt = () => textOf(endingOf(() => runProgram(machine, code, INPUT, limits)))
      t.equal(attempt(), textOf(ending), name)
      const { burned } = machine
      t.strictSame([attempt(), machine.burned], [textOf(ending), burned], `${name}, once more`)
      const honest = endingOf(() => runProgram(machine, HONEST, INPUT))
      t.strictSame(honest, { share: [9, 3] }, `an honest program after: ${name}`)
    }
  })
}

t.test('there are more than a hundred, each with a name of its own', async (t) => {
  for (const [, cases] of CORPUS) {
    t.equal(new Set(cases.map(([name]) => name)).size, cases.length)
  }
  t.ok(CORPUS.flatMap(([, cases]) => cases).length >= 110)
})

t.test('bombs that have all the memory and fuel there is end as well', async (t) => {
  for (const [body, code] of [
    ['const a = []; for (;;) a.push([1, 2, 3])', 'PROGRAM_MEMORY'],
    ['const a = []; for (;;) a.push(new Uint8Array(1e5))', 'PROGRAM_MEMORY'],
    ['const a = []; for (;;) a.push(new Uint8Array(100))', 'PROGRAM_MEMORY'],
    ['let a = [1]; for (;;) a = [...a, ...a]', 'PROGRAM_MEMORY'],
  ] as const) {
    const program = `export function share() { ${body} }`
    t.equal(
      endingOf(() => runProgram(machine, program, INPUT)),
      code,
      body,
    )
  }
})

t.test(
  'nothing of the host has changed, and the process has not grown with the bombs',
  async (t) => {
    t.strictSame(namesOfHost(), before)
    t.ok(process.memoryUsage().rss - startSize < MOST_GROWTH)
  },
)
