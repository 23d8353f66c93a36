import t from 'tap'
import { nodeId } from '../../../agent/wire/ids.ts'
import {
  awaited,
  emptyFleet,
  heardInfo,
  heardState,
  linkLost,
  ready,
  unpin,
} from '../../../controller/core/fleet.ts'

const KEY = `02${'ab'.repeat(32)}`
const OTHER = `03${'cd'.repeat(32)}`
const a = nodeId('node-a')
const state = (word: string, session: number, instance?: string) =>
  JSON.stringify({ state: word, session, instance, ts: 1 })
const info = (fields: object = {}) =>
  JSON.stringify({
    protocol: 1,
    version: '0.1.0',
    software: 'hypernet-agent',
    node: 'node-a',
    key: KEY,
    incarnation: 1,
    labels: { zone: 'north' },
    sensors: [{ id: 'temp', unit: 'Cel' }],
    ...fields,
  })

t.test('a device is ready once it is online and was born, in either order', async (t) => {
  const one = emptyFleet()
  heardState(one, a, state('online', 1), 10)
  t.same(ready(one), [], 'online, but nobody knows what it is')
  t.same(heardInfo(one, a, info()), [
    { kind: 'pinned', node: a, key: KEY },
    { kind: 'changed', node: a, text: 'node-a joined' },
  ])
  t.match(ready(one), [{ id: a, key: KEY, online: true, birth: { labels: { zone: 'north' } } }])
  const two = emptyFleet()
  heardInfo(two, a, info())
  t.same(ready(two), [], 'a retained birth of a device that is away')
  t.same(heardState(two, a, state('online', 1), 10), [
    { kind: 'changed', node: a, text: 'node-a came online' },
  ])
  t.equal(ready(two).length, 1)
})

t.test('an offline of an older session than the last birth is ignored', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  heardState(fleet, a, state('online', 7), 10)
  t.same(heardState(fleet, a, state('offline', 6), 20), [], 'the will of the connection before')
  t.equal(fleet.devices.get(a)?.online, true)
  t.same(heardState(fleet, a, state('offline', 7), 30), [
    { kind: 'changed', node: a, text: 'node-a went offline' },
  ])
  t.equal(fleet.devices.get(a)?.online, false)
  t.equal(fleet.devices.get(a)?.since, 30)
})

t.test('who was here before an outage is awaited until something new is heard of it', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  heardState(fleet, a, state('online', 7), 10)
  t.same(awaited(fleet), [])
  linkLost(fleet, 20)
  t.match(awaited(fleet), [{ id: a }])
  t.same(heardState(fleet, a, state('offline', 7), 30), [], 'the will that the outage set off')
  t.match(awaited(fleet), [{ id: a }])
  heardState(fleet, a, state('online', 8), 40)
  t.same(awaited(fleet), [])
  heardState(fleet, a, state('offline', 8), 20_000)
  linkLost(fleet, 20_001)
  t.match(awaited(fleet), [{ id: a }], 'the broker may have sent that will as it was stopped')
  t.equal(heardState(fleet, a, state('offline', 9), 20_002).length, 1)
  t.same(awaited(fleet), [], 'it was back and went again')
  linkLost(fleet, 60_000)
  t.same(awaited(fleet), [], 'it was away long before')
})

t.test('a device of an earlier run is awaited until its state is heard', async (t) => {
  const fleet = emptyFleet([[a, KEY]])
  t.match(awaited(fleet), [{ id: a }])
  t.match(heardState(fleet, a, state('offline', 3), 10), [{ text: 'node-a went offline' }])
  t.same(awaited(fleet), [])
})

t.test('a key that changed is refused by name until the pinned one comes back', async (t) => {
  const fleet = emptyFleet([[a, KEY]])
  heardState(fleet, a, state('online', 1), 10)
  const [refused] = heardInfo(fleet, a, info({ key: OTHER }))
  t.match(refused, {
    kind: 'refused',
    node: a,
    text: /node-a came with the key 03cdcdcdcd…cdcd, pinned is 02ababab/,
  })
  t.same(ready(fleet), [])
  t.equal(fleet.devices.get(a)?.key, KEY, 'the pin stays')
  heardInfo(fleet, a, info())
  t.equal(ready(fleet).length, 1)
})

t.test('a device that was forgotten may come with a new key', async (t) => {
  const fleet = emptyFleet([[a, KEY]])
  t.equal(unpin(fleet, a), true)
  t.match(heardInfo(fleet, a, info({ key: OTHER }))[0], { kind: 'pinned', key: OTHER })
})

t.test('the will of a device that was revoked does not bring it back', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  heardState(fleet, a, state('online', 7), 10)
  unpin(fleet, a)
  t.same(heardState(fleet, a, state('offline', 7), 20), [])
  t.equal(fleet.devices.size, 0)
})

t.test('two devices that use one id by turns are told apart by their instances', async (t) => {
  const fleet = emptyFleet()
  heardState(fleet, a, state('online', 1, 'aaaa'), 1)
  t.same(heardState(fleet, a, state('online', 2, 'bbbb'), 2), [], 'a restart')
  t.match(heardState(fleet, a, state('online', 3, 'aaaa'), 3), [
    { kind: 'refused', text: /two devices use the id node-a by turns/ },
  ])
})

t.test('a session that goes back is told, and the device is taken at its word', async (t) => {
  const fleet = emptyFleet()
  heardState(fleet, a, state('online', 9), 1)
  t.match(heardState(fleet, a, state('online', 1), 2), [
    { kind: 'refused', text: /went back from 9 to 1/ },
  ])
  t.equal(fleet.devices.get(a)?.session, 1)
})

t.test('the same birth twice changes nothing, a new incarnation or label does', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  t.same(heardInfo(fleet, a, info()), [])
  t.equal(heardInfo(fleet, a, info({ incarnation: 2 })).length, 1)
  t.equal(heardInfo(fleet, a, info({ incarnation: 2, labels: { zone: 'south' } })).length, 1)
})

t.test('an emptied topic removes what was known but not the key', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  heardState(fleet, a, state('online', 1), 1)
  t.match(heardState(fleet, a, '', 2), [{ kind: 'changed', text: 'node-a was removed' }])
  t.same(ready(fleet), [])
  t.equal(fleet.devices.get(a)?.key, KEY)
})

t.test('everybody counts as away when the broker is', async (t) => {
  const fleet = emptyFleet()
  heardInfo(fleet, a, info())
  heardState(fleet, a, state('online', 1), 1)
  linkLost(fleet, 5)
  t.same(ready(fleet), [])
  heardState(fleet, a, state('online', 1), 6)
  t.equal(ready(fleet).length, 1, 'its retained birth comes back from the broker')
})

t.test('what is no birth is refused with its place and changes nothing', async (t) => {
  const wrong: [string, string, RegExp][] = [
    ['state', 'not json', /no JSON/],
    ['state', '{"state":"asleep","session":1}', /state/],
    ['state', '{"state":"online","session":-1}', /session/],
    ['state', '{"state":"online","session":1.5}', /session/],
    ['info', '[]', /expected object|Invalid input/],
    ['info', info({ key: '02ab' }), /key: wanted a compressed public key/],
    ['info', info({ node: 'node-b' }), /names the node "node-b"/],
    ['info', info({ labels: JSON.parse('{"__proto__":"x"}') }), /labels.__proto__: a name may/],
    ['info', info({ sensors: [{ id: '__proto__', unit: 'Cel' }] }), /sensors.0.id/],
    ['info', info({ sensors: [{ id: '9x', unit: 'Cel' }] }), /sensors.0.id/],
    ['info', info({ position: { x: 'far', y: 0, z: 0 } }).replace('"far"', '1e999'), /position/],
    ['info', 'x'.repeat(60_000), /at most 49152/],
  ]
  for (const [kind, payload, message] of wrong) {
    const fleet = emptyFleet()
    const changes =
      kind === 'state' ? heardState(fleet, a, payload, 1) : heardInfo(fleet, a, payload)
    t.match(changes, [{ kind: 'refused', text: message }], payload.slice(0, 60))
    t.same(ready(fleet), [])
  }
})
