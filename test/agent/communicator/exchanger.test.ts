import t from 'tap'
import { type Agreed, Epoch } from '../../../agent/communicator/epoch.ts'
import { Exchanger, type Part, WINDOW } from '../../../agent/communicator/exchanger.ts'
import { groupOf } from '../../../agent/communicator/group.ts'
import { LocalNetwork } from '../../../agent/communicator/localNetwork.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import type { HypernetError } from '../../../agent/wire/errors.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import type { Exchange } from '../../../agent/wire/messages.ts'

const JOB = jobId('sums')
const SHAPE = { operation: 'sum', length: 1, root: 0 } as const

/** Two ranks on a network without faults; the second one's messages are in our hands. */
function pair() {
  const network = new LocalNetwork({})
  const stations = ['a', 'b'].map((name) => network.join(nodeId(name)))
  const members = stations.map(({ node, publicKey }) => ({
    id: node,
    key: publicKey,
    incarnation: 1,
  }))
  const [a, b] = stations.map((station) => ({
    station,
    group: groupOf(JOB, members, station.node, 0),
  }))
  if (!a || !b) throw new Error('two were made')
  const exchanger = new Exchanger(a.group, a.station)
  t.teardown(() => exchanger.close())
  return { exchanger, a, b }
}

const partOf = (value: number, ended: (outcome: Agreed | HypernetError) => void): Part => ({
  shape: SHAPE,
  vector: vectorOf([value]),
  fault: undefined,
  progress: () => {},
  ended,
})

/** The messages that rank b sends with its share of an epoch. */
function saidBy({ group, station }: ReturnType<typeof pair>['b'], number: number): Exchange[] {
  const epoch = new Epoch(group, number, station.pace, station.signer)
  epoch.contribute(station.clock.now(), SHAPE, vectorOf([5]))
  return epoch.act(station.clock.now())
}

t.test('what no honest rank sends is dropped, and the call ends all the same', async (t) => {
  const { exchanger, b } = pair()
  const outcome = new Promise<Agreed | HypernetError>((resolve) => {
    exchanger.submit(partOf(1, resolve))
  })
  const [genuine] = saidBy(b, 0)
  if (!genuine?.flood) throw new Error('a share is told at once')
  const { flood } = genuine
  const noise = new Uint8Array(100)
  b.station.send({ ...genuine, flood: { ...flood, entries: [{ index: 1, signed: noise }] } })
  b.station.send({ ...genuine, flood: { ...flood, have: new Uint8Array(9) } })
  b.station.send({ ...genuine, from: nodeId('nobody') })
  b.station.send({ ...genuine, roster: new Uint8Array(8) })
  const other = new Exchanger(b.group, b.station)
  t.teardown(() => other.close())
  other.submit(partOf(5, () => {}))
  const agreed = (await outcome) as Agreed
  t.strictSame([agreed.contributors, agreed.sum], [[0, 1], vectorOf([6])])
})

t.test(
  'a rank that is called on early takes part without a share, but not further than the window',
  async (t) => {
    const { exchanger, b } = pair()
    const heard: number[] = []
    b.station.attach([nodeId('a')], {
      hear: ({ epoch }) => heard.push(epoch),
      presence: () => {},
      lost: () => {},
      returned: () => {},
    })
    for (const number of [0, WINDOW - 1, WINDOW, WINDOW + 100]) {
      for (const message of saidBy(b, number)) b.station.send(message)
    }
    await new Promise<void>((resolve) => b.station.clock.after(500, resolve))
    t.strictSame(
      [...new Set(heard)].sort((x, y) => x - y),
      [0, WINDOW - 1],
    )
    t.equal(exchanger.lost.size, 0)
  },
)
