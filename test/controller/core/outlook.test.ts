import t from 'tap'
import type { MethodName } from '../../../agent/consensus/choose.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { fleetId, type JobId, jobId, nodeId } from '../../../agent/wire/ids.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { compileJob } from '../../../controller/core/compile.ts'
import { emptyFleet, heardInfo, heardState, ready } from '../../../controller/core/fleet.ts'
import { type Outlook, outlookOf } from '../../../controller/core/outlook.ts'
import type { Ready } from '../../../controller/core/roster.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'

const CONTRIBUTION = { bytes: 200, bits: 53 }
const job: JobId = jobId('soil')

function jobOf(consensus: object = {}): FusionJob {
  const checked = checkValue(FusionJob, {
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'soil' },
    spec: { model: { type: 'sum', response: 'zinc' }, consensus },
  })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

function outlook(fleet: readonly Ready[] | number, consensus: object = {}): Outlook {
  const spec = jobOf(consensus)
  const order = compileJob(spec, { job, fleet: fleetId('lab'), generation: 1 })
  return outlookOf(spec, order, fleet, CONTRIBUTION)
}

/** The job asks for a method that the schema does not offer yet. */
function asking(method: MethodName, fleet: number): Outlook {
  const spec = jobOf()
  const order = compileJob(spec, { job, fleet: fleetId('lab'), generation: 1 })
  const consensus = { ...spec.spec.consensus, method: method as 'flood' } // the schema grows
  return outlookOf({ ...spec, spec: { ...spec.spec, consensus } }, order, fleet, CONTRIBUTION)
}

/** Devices d-000, d-001, ..., each of which declares those of its list. */
function declaring(lists: readonly (readonly number[])[]): Ready[] {
  const name = (i: number) => `d-${String(i).padStart(3, '0')}`
  const fleet = emptyFleet()
  lists.forEach((list, i) => {
    const node = nodeId(name(i))
    const key = `02${String(i).padStart(64, '0')}`
    heardInfo(fleet, node, JSON.stringify({ node, key, incarnation: 1, neighbors: list.map(name) }))
    heardState(fleet, node, '{"state":"online","session":1}', 1)
  })
  return ready(fleet)
}
const ring = (size: number) => Array.from({ length: size }, (_, i) => [(i + 1) % size])

t.test('a few devices are everyone to everyone', async (t) => {
  const found = outlook(8)
  t.match(found, { method: 'flood', overlay: { kind: 'everyone', diameter: { most: 1 } } })
  t.ok(Math.abs((found.overlay.spectrum?.gap ?? 0) - 1) < 1e-12)
  t.strictSame(found.rounds, { least: 1, most: 1 })
  t.match(outlook(1), { devices: 1, overlay: { kind: 'everyone' }, rounds: { most: 0 } })
})

t.test('a tree takes a round a level and one to announce', async (t) => {
  // Goals 5 and 6 of the design: 3 rounds at 64 devices, 5 at 1,024, two messages each.
  for (const [devices, rounds, diameter] of [
    [64, 3, 4],
    [1024, 5, 7],
  ] as const) {
    const found = outlook(devices)
    t.match(found, { method: 'tree', overlay: { kind: 'tree', depth: rounds - 1 } })
    t.strictSame(found.rounds, { least: rounds, most: rounds })
    t.strictSame(found.roundsInAll, { least: 3 * rounds - 2, most: 3 * rounds - 2 })
    t.strictSame(found.messages, { least: 2, most: 4 })
    // Of 1,024 the last level is below one child of the root.
    t.strictSame(found.overlay.diameter, { least: diameter, most: diameter })
  }
})

t.test('declared links without a fleet have no figures but the bytes', async (t) => {
  const found = outlook(20, { neighbors: 'declared', longLinks: 2 })
  t.strictSame(found.overlay, { kind: 'declared', longLinks: 2 })
  t.strictSame(found.bytes, { least: 20 * CONTRIBUTION.bytes, most: 54 * CONTRIBUTION.bytes })
  t.equal(found.rounds, undefined)
})

t.test('declared links of a fleet have their graph, and what it hangs on', async (t) => {
  const found = outlook(declaring(ring(64)), { neighbors: 'declared' })
  t.match(found, {
    devices: 64,
    method: 'flood',
    overlay: { kind: 'declared', degree: { least: 2, most: 2 }, diameter: { most: 32 } },
  })
  t.equal(found.overlay.weakness, undefined)
  t.match(outlook(declaring([[1], [2], []]), { neighbors: 'declared' }).overlay, {
    weakness: /hang on d-001/,
  })
  const long = outlook(declaring(ring(64)), { neighbors: 'declared', longLinks: 1 })
  t.ok((long.overlay.diameter?.most ?? 99) <= 9, 'the same ring with a long link a device')
})

t.test('flood takes the rounds and messages that a rehearsal counts', async (t) => {
  const rows = { name: 'rows.csv', text: `zinc\n${'7\n'.repeat(48)}` }
  const reader = { read: readTable, numbers: numbersOf }
  const count = (options: object, consensus = {}) =>
    rehearse({ job: jobOf(consensus), rows, options, reader }).document.consensus
  const expected = outlook(declaring(ring(48)), { neighbors: 'declared' })
  const counted = count({ graph: 'ring' }, { neighbors: 'declared' })
  t.equal(counted?.roundsToExact, expected.rounds?.most)
  t.equal(counted?.rounds, expected.roundsInAll?.most)
  t.equal(counted?.messagesPerDevice, expected.messages?.most)
})

t.test('what ratio costs is what a rehearsal counts, roughly', async (t) => {
  const text = `zinc\n${Array.from({ length: 100 }, (_, i) => 2 + Math.sin(i)).join('\n')}\n`
  const reader = { read: readTable, numbers: numbersOf }
  for (const devices of [4, 12, 40, 100]) {
    const options = { devices: String(devices), method: 'ratio' }
    const { document } = rehearse({ job: jobOf(), rows: { name: 'r', text }, options, reader })
    const { rounds = 0, roundsToExact = 0, bytesPerDevice = 0 } = document.consensus ?? {}
    const expected = asking('ratio', devices)
    const near = (found: number, figure: { most: number } | undefined, what: string) =>
      t.ok(
        Math.abs(found / (figure?.most ?? 0) - 1) < 0.25,
        `${devices}: ${found} ${what}, ${figure?.most} expected`,
      )
    near(roundsToExact, expected.rounds, 'rounds')
    near(rounds, expected.roundsInAll, 'rounds in all')
    near(bytesPerDevice, expected.bytes, 'bytes')
  }
})

t.test('the baseline says what it costs to be close', async (t) => {
  const found = asking('laplacian', 64)
  const { lambda2 = 0, lambdaMax = 1 } = found.overlay.spectrum ?? {}
  const rounds = found.rounds?.most ?? 0
  const factor = (lambdaMax - lambda2) / (lambdaMax + lambda2)
  t.ok(factor ** rounds <= 1e-9 && factor ** (rounds - 1) > 1e-9, `${rounds} rounds`)
  t.equal(found.overlay.kind, 'random')
})

t.test('an iteration over links that are not known has no figures', async (t) => {
  const spec = jobOf({ neighbors: 'declared' })
  const order = compileJob(spec, { job, fleet: fleetId('lab'), generation: 1 })
  const consensus = { ...spec.spec.consensus, method: 'ratio' as 'flood' } // the schema grows
  const found = outlookOf({ ...spec, spec: { ...spec.spec, consensus } }, order, 9, CONTRIBUTION)
  t.match(found, { method: 'ratio', rounds: undefined, bytes: undefined })
})
