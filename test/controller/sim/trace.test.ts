import { readFileSync } from 'node:fs'
import t from 'tap'
import { drawGraph } from '../../../controller/sim/graphs.ts'
import { streams } from '../../../controller/sim/random.ts'
import type { Fault, Scenario } from '../../../controller/sim/scenario.ts'
import { simulate } from '../../../controller/sim/simulator.ts'
import { averageOrder, stage, traced } from '../../scenarios/stage.ts'

/** Events and their fields as the documentation lists them. */
function documented(): Map<string, string[]> {
  const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
  const [, rows = ''] =
    /\| event \| fields \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)/.exec(page) ?? []
  const words = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)
  return new Map(
    rows.split('\n').flatMap((row) => {
      const [, events, fields] = row.split('|')
      return words(events).map((event): [string, string[]] => [event, words(fields)])
    }),
  )
}

const rough = { loss: 0.3, duplicate: 0.05, delay: [0, 3] } as const
const faults: Fault[] = [
  { kind: 'crash', device: 1, at: 2 },
  { kind: 'join', device: 2, at: 3 },
  { kind: 'restart', device: 3, at: 2, memory: 'lost' },
  { kind: 'partition', sides: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], at: 1, until: 3 },
  { kind: 'brokerCrash', at: 4, until: 5 },
]

function linesOf(change: Partial<Scenario>) {
  const { lines, trace } = traced()
  const graph = drawGraph({ kind: 'complete' }, 12, streams(1)('graph'))
  try {
    simulate(stage(12, { graph, conditions: rough, trace, ...change }))
  } catch (error) {
    return { lines, error: error as Error }
  }
  return { lines, error: undefined }
}
/** The readings change while the run goes on: then what is summed is not what the checks expect. */
function broken() {
  const rows = [[1]]
  const devices = stage(12).devices.map((device, i) => (i === 5 ? { ...device, rows } : device))
  const { lines, trace } = traced()
  const changing: typeof trace = (line) => {
    trace(line)
    if (line.event === 'publish') rows[0] = [77]
  }
  const { error } = linesOf({ devices, trace: changing, replay: 'hypernet simulate --seed 5' })
  return { lines, error }
}

t.test('a trace holds the events and fields that the documentation lists, and no others', (t) => {
  const runs = [
    linesOf({ faults }),
    linesOf({ liars: [{ device: 0, lie: 'malformed' }] }),
    linesOf({ order: { ...averageOrder, timeout: 300 }, conditions: { ...rough, loss: 0.9 } }),
    linesOf({ columns: [] }),
  ]
  t.strictSame(
    runs.map(({ error }) => error?.message),
    runs.map(() => undefined),
  )
  runs.push(broken())
  const seen = new Map<string, Set<string>>()
  for (const { round, device, event, ...facts } of runs.flatMap(({ lines }) => lines)) {
    const fields = seen.get(event) ?? new Set()
    for (const field of Object.keys(facts)) fields.add(field)
    seen.set(event, fields)
    if (typeof round !== 'number' || !/^(d\d+|network)$/.test(device))
      t.fail(event, { round, device })
  }
  const told = documented()
  for (const [event, fields] of seen)
    t.strictSame([...fields].sort(), [...(told.get(event) ?? ['undocumented'])].sort(), event)
  t.strictSame([...seen.keys()].sort(), [...told.keys()].sort())
  t.end()
})

t.test('a crash in the middle of a message is told when it happens', (t) => {
  const { lines } = linesOf({
    faults: [{ kind: 'crashOn', device: 4, moment: 'vote', reach: 0.5 }],
  })
  const own = lines.filter(({ device }) => device === 'd4').map(({ event }) => event)
  t.equal(own.at(-1), 'crash')
  t.equal(own.at(-2), 'publish')
  t.end()
})

t.test('a check that fails is the last line, and the error has the replay', (t) => {
  const { lines, error } = broken()
  t.match(error, { code: 'INVARIANT' })
  const [message, replay] = error?.message.split('\n') ?? []
  t.equal(replay, 'Replay: hypernet simulate --seed 5')
  const last = lines.at(-1)
  t.match(last, { event: 'broken' })
  if (last?.event === 'broken') t.equal(message, `${last.device}: ${last.complaint}`)
  t.end()
})
