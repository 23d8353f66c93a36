import t from 'tap'
import { neighborsOf } from '../../../agent/consensus/overlay.ts'
import { type JobId, jobId, nodeId } from '../../../agent/wire/ids.ts'
import {
  awaited,
  emptyFleet,
  heardInfo,
  heardState,
  ready,
} from '../../../controller/core/fleet.ts'
import { rosterOf, sameMembers, select, type Wanted } from '../../../controller/core/roster.ts'

const job: JobId = jobId('soil')
interface Kind {
  zone?: string
  broker?: string
  sensors?: [string, string][]
  position?: boolean
  neighbors?: string[]
  permissions?: object
  online?: boolean
}

/** A fleet of devices n-00, n-01, ... as their births make it. */
function fleetOf(kinds: readonly Kind[]) {
  const fleet = emptyFleet()
  kinds.forEach((kind, i) => {
    const node = nodeId(`n-${String(i).padStart(2, '0')}`)
    const { zone, broker, sensors = [], position, neighbors, permissions, online = true } = kind
    const birth = {
      node,
      key: `02${String(i).padStart(64, '0')}`,
      incarnation: 1,
      labels: { ...(zone ? { zone } : {}), ...(broker ? { broker } : {}) },
      sensors: sensors.map(([id, unit]) => ({ id, unit })),
      ...(position ? { position: { x: 1, y: 2, z: 0 } } : {}),
      ...(neighbors ? { neighbors } : {}),
      ...(permissions ? { permissions } : {}),
    }
    heardInfo(fleet, node, JSON.stringify(birth))
    if (online) heardState(fleet, node, '{"state":"online","session":1}', 1)
  })
  return { devices: ready(fleet), awaited: awaited(fleet), known: fleet.devices.size }
}
const wanted = (fields: Partial<Wanted> = {}): Wanted => ({
  matchLabels: {},
  sensors: [],
  position: false,
  minNodes: 1,
  ...fields,
})
const need = (id: string, unit = '') => [{ id, unit }] as unknown as Wanted['sensors']
const terms = (seed = 1) => ({
  job,
  order: new Uint8Array(32),
  generation: 1,
  firstEpoch: 0,
  seed,
  neighbors: 'auto' as const,
})

t.test('says how many devices meet each condition', async (t) => {
  const temp: [string, string][] = [['temp', 'Cel']]
  const candidates = fleetOf([
    ...Array.from({ length: 5 }, () => ({ zone: 'north', sensors: temp })),
    { zone: 'north' },
    { zone: 'north' },
    ...Array.from({ length: 5 }, () => ({ zone: 'south' })),
  ])
  const asked = wanted({ matchLabels: { zone: 'north' }, sensors: need('temp'), minNodes: 8 })
  // The sentence is the one that the interface's design shows (mqtt.md section 6).
  t.match(select(candidates, asked), {
    enough: false,
    text: 'spec.selector matches 5 of 12 devices (zone=north: 7, sensor temp: 5), wanted minNodes 8',
  })
  t.match(select(candidates, { ...asked, minNodes: 5 }), { enough: true })
})

t.test('a program runs where it is granted, or where nothing is said of it', async (t) => {
  const program = '0a'.repeat(32)
  const granted = (functions: unknown) => ({ permissions: { functions } as object })
  const devices = [{}, granted('none'), granted('sandboxed'), granted([program]), granted(['0b'])]
  const { text, enough } = select(fleetOf(devices), wanted({ program }))
  t.equal(enough, true)
  t.equal(text, 'spec.selector matches 3 of 5 devices (permission for the program: 3)')
})

t.test('counts units, positions, permissions and absence where they decide', async (t) => {
  const cel: [string, string][] = [['temp', 'Cel']]
  const candidates = fleetOf([
    { sensors: cel, position: true },
    { sensors: cel, position: true, permissions: { sensors: ['hum'] } },
    { sensors: cel, position: true, permissions: { sensors: ['temp'] } },
    { sensors: cel, position: true, permissions: { sensors: 'all', network: [] } },
    { sensors: [['temp', 'K']], position: true },
    { sensors: cel },
    { sensors: cel, position: true, online: false },
  ])
  const found = select(candidates, wanted({ sensors: need('temp', 'Cel'), position: true }))
  t.match(found, {
    enough: true,
    text: 'spec.selector matches 3 of 7 devices (online: 6, sensor temp in Cel: 5, permission for temp: 5, position: 5)',
  })
  t.same(
    found.devices.map(({ id }) => id),
    ['n-00', 'n-02', 'n-03'],
  )
})

t.test('says what devices have where none has what the job wants', async (t) => {
  const temperature: [string, string][] = [['temperature', 'Cel']]
  const candidates = fleetOf([
    ...Array.from({ length: 8 }, () => ({ zone: 'roof', sensors: temperature })),
    { zone: 'cellar' },
  ])
  const text = (fields: Partial<Wanted>) => select(candidates, wanted(fields)).text
  t.equal(
    text({ matchLabels: { zone: 'roof' }, sensors: need('temperature', 'K') }),
    'spec.selector matches 0 of 9 devices (zone=roof: 8, sensor temperature in K: 0), wanted minNodes 1; sensor temperature: 8 have it in Cel',
  )
  t.match(
    text({ sensors: need('temprature', 'Cel') }),
    /; no device has sensor temprature\. Did you mean temperature\?$/,
  )
  t.match(
    text({ matchLabels: { zone: 'rof' } }),
    /; zone: 8 have roof, 1 has cellar\. Did you mean roof\?$/,
  )
  t.match(
    text({ matchLabels: { zones: 'roof' } }),
    /; no device has label zones\. Did you mean zone\?$/,
  )
  t.match(text({ sensors: need('co2', 'ppm') }), /wanted minNodes 1$/, 'nothing is near')
})

t.test('no device at all is too few, whatever minNodes says', async (t) => {
  t.match(select(fleetOf([]), wanted({ minNodes: 0 })), {
    enough: false,
    text: 'spec.selector matches 0 of 0 devices, wanted minNodes 1',
  })
})

t.test('a roster lists devices in order of their ids with the keys of their births', async (t) => {
  const { devices } = fleetOf(Array.from({ length: 12 }, () => ({})))
  const roster = rosterOf([...devices].reverse(), terms(7))
  t.same(
    roster.members.map(({ id }) => id),
    devices.map(({ id }) => id),
  )
  t.equal(Buffer.from(roster.members[3]?.key ?? []).toString('hex'), devices[3]?.key)
  t.match(roster, { degree: 8, seed: 7, job: 'soil', firstEpoch: 0, generation: 1 })
  t.ok(neighborsOf(roster).every((hears) => hears.length === 8))
  const small = rosterOf(devices.slice(0, 8), terms(7))
  t.equal(small.degree, undefined)
  t.ok(
    neighborsOf(small).every((hears) => hears.length === 7),
    'everyone to everyone',
  )
})

t.test('declared links hold both ways, and a graph in two parts is refused by name', async (t) => {
  const line = fleetOf([{ neighbors: ['n-01'] }, {}, { neighbors: ['n-01', 'n-99'] }])
  const declared = wanted({ neighbors: 'declared' })
  t.equal(select(line, declared).enough, true)
  const roster = rosterOf(line.devices, { ...terms(), neighbors: 'declared' })
  t.same(roster.links, [0, 1, 1, 0, 1, 2, 2, 1])
  t.same(neighborsOf(roster), [[1], [0, 2], [1]])
  t.equal(rosterOf(line.devices, terms()).links, undefined, 'only where the job asks for them')
  const parts = fleetOf([{ neighbors: ['n-01'] }, {}, { neighbors: ['n-03'] }, {}])
  t.match(select(parts, declared), {
    enough: false,
    reason: 'NotConnected',
    text: /do not connect n-02, n-03 to n-00; add neighbors in agent.yaml/,
  })
})

t.test('a roster is the same while members and keys are, whatever else changes', async (t) => {
  const kinds = Array.from({ length: 10 }, () => ({}))
  const before = rosterOf(fleetOf(kinds).devices, terms())
  t.equal(sameMembers(before, fleetOf(kinds.map(() => ({ zone: 'x' }))).devices), true)
  t.equal(sameMembers(before, fleetOf([...kinds, {}]).devices), false)
  t.equal(sameMembers(before, fleetOf([{ online: false }, ...kinds.slice(1)]).devices), false)
})

t.test('long links stand beside declared ones alone, with the seed that draws them', async (t) => {
  const { devices } = fleetOf(
    Array.from({ length: 12 }, (_, i) => ({
      neighbors: [`n-${String((i + 1) % 12).padStart(2, '0')}`],
    })),
  )
  const declared = { ...terms(9), neighbors: 'declared' as const }
  const roster = rosterOf(devices, { ...declared, longLinks: 1 })
  t.match(roster, { longLinks: 1, seed: 9, degree: undefined })
  t.equal(neighborsOf(roster).flat().length, 2 * (12 + 12), 'a ring, and one more from each')
  t.strictSame(rosterOf(devices, { ...declared, longLinks: 0 }), rosterOf(devices, declared))
  t.equal(rosterOf(devices, declared).seed, undefined)
  t.equal(rosterOf(devices, { ...terms(9), longLinks: 1 }).longLinks, undefined)
  t.equal(sameMembers(roster, devices), true)
})

t.test('devices behind different brokers are different groups', async (t) => {
  const kinds = Array.from({ length: 12 }, (_, i) =>
    i < 5 ? { broker: 'north' } : i < 9 ? { broker: 'east' } : {},
  )
  const { devices } = fleetOf(kinds)
  const roster = rosterOf(devices, terms())
  t.strictSame([...(roster.groups ?? [])], [2, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0])
  const alike = fleetOf(kinds.map(() => ({ broker: 'north' }))).devices
  t.equal(rosterOf(alike, terms()).groups, undefined, 'one broker is no groups')
  t.equal(sameMembers(roster, devices), true)
  t.equal(sameMembers(roster, alike), false, 'who moves to another broker changes the roster')
  const many = fleetOf(Array.from({ length: 300 }, (_, i) => ({ broker: `b${i}` }))).devices
  t.equal(Math.max(...(rosterOf(many, terms()).groups ?? [])), 255, 'a byte each')
})
