import t from 'tap'
import { infoText, keyOfInfo, parseInfo, parseState, stateText } from '../../../agent/io/birth.ts'
import { deriveKey } from '../../../agent/io/keys.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { PROTOCOL, SOFTWARE } from '../../../agent/wire/version.ts'

const { publicKey } = deriveKey('birth test', 'a')
const about = {
  labels: { site: 'meuse' },
  sensors: [{ id: 't', unit: 'Cel' }],
  permissions: { sensors: ['t'] },
  position: { x: 1, y: 2, z: 0 },
}

t.test('an info says what the controller needs and reads back', async (t) => {
  const text = infoText(nodeId('a'), publicKey, 5, about)
  const info = parseInfo(Buffer.from(text))
  t.match(info, { protocol: PROTOCOL, version: SOFTWARE, node: 'a', incarnation: 5, ...about })
  t.strictSame(keyOfInfo(info), publicKey)
})

t.test('what a newer device says in addition is ignored', async (t) => {
  const text = infoText(nodeId('a'), publicKey, 5, { labels: {}, sensors: [] })
  const info = parseInfo(Buffer.from(JSON.stringify({ ...JSON.parse(text), profile: 'pi-4' })))
  t.notOk('profile' in info)
  t.notOk('position' in info)
})

t.test('an info that is wrong is refused with the field', async (t) => {
  const good = JSON.parse(infoText(nodeId('a'), publicKey, 5, about))
  const cases: [object, RegExp][] = [
    [{ node: 'Not An Id' }, /info\.node/],
    [{ key: '04'.repeat(33) }, /info\.key/],
    [{ incarnation: -1 }, /info\.incarnation/],
    [{ labels: { 'a b': 'c' } }, /info\.labels/],
    [{ labels: JSON.parse('{"__proto__":"c"}') }, /info\.labels\.__proto__: a name may not be/],
    [{ sensors: [{ id: '1', unit: 'Cel' }] }, /info\.sensors\.0\.id/],
    [{ sensors: [{ id: '__proto__', unit: 'Cel' }] }, /info\.sensors\.0\.id/],
    [{ sensors: Array(100).fill({ id: 't', unit: 'Cel' }) }, /info\.sensors/],
    [{ position: { x: '1', y: 2, z: 3 } }, /info\.position\.x/],
  ]
  for (const [change, message] of cases) {
    const text = JSON.stringify({ ...good, ...change })
    t.throws(() => parseInfo(Buffer.from(text)), { code: 'BAD_MESSAGE', message })
  }
})

t.test('a state reads back, and a will of another writer too', async (t) => {
  const state = { state: 'online', session: 7, instance: 'ab', ts: 1 } as const
  t.strictSame(parseState(Buffer.from(stateText(state))), state)
  t.strictSame(parseState(Buffer.from('{"state":"offline","session":7}')), {
    state: 'offline',
    session: 7,
  })
  for (const bad of [
    '',
    'online',
    '{}',
    '{"state":"gone","session":1}',
    '{"state":"online","session":1.5}',
    `"${'x'.repeat(60_000)}"`,
  ]) {
    t.throws(() => parseState(Buffer.from(bad)), { code: 'BAD_MESSAGE' })
  }
})
