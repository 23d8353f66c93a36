import t from 'tap'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { jobAddress, unpackTerms } from '../../../agent/wire/market.ts'
import { Roster } from '../../../agent/wire/messages.ts'
import { checksumAddress } from '../../../agent/wire/signature.ts'
import { RETURN } from '../../../controller/core/jobSeam.ts'
import { savedJob } from '../../../controller/core/jobState.ts'
import type { MarketBlock } from '../../../controller/core/settlement/seam.ts'
import { sampleOffer } from '../../../docs/generator/marketRecords.ts'
import { restarted, World } from './world.ts'

/** A paid job's life: it waits for its contract to name devices, and ends when the contract has ended. */
const market: MarketBlock = {
  chainId: 31_337,
  escrow: '0x',
  checkpoints: 1,
  sellers: 2,
  paidInFull: 2,
  paid: '2.0',
  slashed: '0.0',
  fee: '0.01',
  relays: '0.0',
  returned: '0.0',
  currency: 'HYPER',
  ending: 'completed',
  result: 'unverified',
  work: 'not replicated',
}
const paid = () => new World({ offer: sampleOffer })
const sellers = (...ids: string[]) =>
  ids.map((id, place) => ({ node: nodeId(id), group: 0, place }))
const membersOf = (world: World) => {
  const roster = world.told('roster')
  return roster && decodeRecord(Roster, roster.payload, OBJECT).members.map(({ id }) => id)
}

t.test('what the chain waits for is told, in each phase', async (t) => {
  const world = paid()
  world.device('a')
  world.give({ kind: 'submitted' })
  world.give({ kind: 'waits', reason: 'the account has too few coins' })
  t.match(world.status(), { message: /^no device offered so far; the account has too few coins$/ })
  world.give({ kind: 'waits', reason: undefined })
  t.match(world.status(), { message: /waits until the contract names its sellers/ })
  world.give({ kind: 'hired', sellers: sellers('a'), started: 1_800_000_000 })
  world.give({ kind: 'waits', reason: 'the account has too few coins' })
  t.match(world.status(), { message: /^runs on 1 devices? that .* hired; the account has too few/ })
  world.give({ kind: 'waits', reason: undefined })
  t.match(world.status(), { message: /hired$/ })
})

t.test('whether its contract is over is known to a later life', async (t) => {
  const world = paid()
  world.give({ kind: 'submitted' })
  world.give({ kind: 'cancel' })
  t.equal(restarted(world).state.isClosed, false, 'it may have one')
  world.give({ kind: 'unhired', reason: 'the order was taken back' })
  t.match(world.status(), { phase: 'cancelled' })
  t.ok(world.effects.some(({ kind }) => kind === 'save'))
  t.equal(restarted(world).state.isClosed, true)
})

t.test('it runs on exactly the devices that the contract names, online or not', async (t) => {
  const world = paid()
  world.device('a').device('b').device('c', false).device('d')
  world.give({ kind: 'submitted' })
  t.match(world.status(), { phase: 'pending', reason: 'Hiring', message: /^no device offered/ })
  const { terms, factory, escrow } = sampleOffer
  const address = jobAddress(unpackTerms(terms), factory, escrow, '')
  t.match(world.status(), { contract: checksumAddress(address) }, 'market orders lists it by this')
  world.give({ kind: 'offered', devices: 1, places: 2, below: 0, dear: 0, busy: 0 })
  t.match(world.status(), { message: /^1 of 2 devices offered so far; waits until the contract/ })
  world.give({ kind: 'offered', devices: 1, places: 2, below: 3, dear: 0, busy: 0 })
  t.match(world.status(), {
    message: /offered so far, 3 with less than minStake or minScore; waits/,
  })
  const from = 15n * 10n ** 17n
  world.give({ kind: 'offered', devices: 1, places: 2, below: 0, dear: 2, busy: 0, from })
  t.match(world.status(), {
    message: /offered so far, 2 for more than the price, from 1\.5 HYPER; waits/,
  })
  world.give({ kind: 'offered', devices: 2, places: 2, below: 0, dear: 0, busy: 2 })
  t.match(world.status(), {
    message: /^2 of 2 devices offered so far, 2 of them short of collateral or at work for another/,
  })
  world.give({ kind: 'offered', devices: 1, places: 2, below: 0, dear: 2, busy: 0, from })
  world.give({ kind: 'declined', devices: 3, reason: 'it wants more collateral than they give' })
  t.match(world.status(), { message: /; 3 refuse, most because it wants more collateral/ })
  world.give({ kind: 'hired', sellers: sellers('c', 'b'), started: 1_800_000_000 })
  t.match(world.status(), { phase: 'running', message: 'runs on 2 devices that were hired' })
  t.strictSame(membersOf(world), ['b', 'c'])
  t.equal(world.state.rosters[0]?.roster.started, 1_800_000_000, 'devices count from there')
})

t.test('it waits for the births of hired devices, but not for ever', async (t) => {
  const world = paid()
  world.device('a')
  world.give({ kind: 'submitted' })
  world.linkedSince = world.now
  world.give({ kind: 'hired', sellers: sellers('a', 'b'), started: 1_800_000_000 })
  t.match(world.status(), { phase: 'pending', reason: 'Returning' })
  world.pass(RETURN)
  t.match(world.status(), { phase: 'running' })
  t.strictSame(membersOf(world), ['a'])
})

t.test('its result comes at once, and its end with the contract’s', async (t) => {
  const world = paid()
  const hired = sellers('a', 'b', 'c', 'd')
  for (const { node } of hired) world.device(node)
  world.give({ kind: 'submitted' })
  world.give({ kind: 'hired', sellers: hired, started: 1_800_000_000 })
  for (let i = 0; i < hired.length; i++) world.seal(i)
  t.match(world.status(), { phase: 'running', reason: 'Settling', results: 1 })
  t.equal(world.state.document?.market, undefined)
  world.give({ kind: 'settled', market })
  t.match(world.status(), { phase: 'succeeded', reason: 'Completed' })
  t.match(world.state.document, { status: 'succeeded', market })
})

t.test(
  'a controller that starts again after the answer ends the job with the contract',
  async (t) => {
    const world = paid()
    const hired = sellers('a', 'b', 'c', 'd')
    for (const { node } of hired) world.device(node)
    world.give({ kind: 'submitted' })
    world.give({ kind: 'hired', sellers: hired, started: 1_800_000_000 })
    for (let i = 0; i < hired.length; i++) world.seal(i)
    const next = restarted(world)
    next.give({ kind: 'resumed' })
    t.match(next.status(), { phase: 'running' })
    next.give({ kind: 'settled', market })
    t.match(next.status(), { phase: 'succeeded', reason: 'Completed' })
    t.match(next.state.document, { status: 'succeeded', market })
  },
)

t.test('an order that nobody fills fails, and so does one without a contract', async (t) => {
  const expired = paid()
  expired.give({ kind: 'submitted' })
  expired.give({ kind: 'settled', market: { ...market, ending: 'expired' } })
  t.match(expired.status(), {
    phase: 'failed',
    reason: 'NotHired',
    message: /too few devices joined within spec\.market\.joinBy; all money went back/,
  })
  const refused = paid()
  refused.give({ kind: 'submitted' })
  refused.give({ kind: 'unhired', reason: 'the account has 0.0 HYPER free' })
  t.match(refused.status(), { phase: 'failed', reason: 'NotHired', message: /0\.0 HYPER free/ })
})

t.test('results after the end of the contract say what became of the money, too', async (t) => {
  const world = new World({
    offer: sampleOffer,
    window: { every: 10_000, late: 0 },
    epochs: 2,
  })
  const hired = sellers('a', 'b', 'c', 'd')
  for (const { node } of hired) world.device(node)
  world.give({ kind: 'submitted' })
  world.give({ kind: 'hired', sellers: hired, started: 1_800_000_000 })
  world.give({ kind: 'settled', market: { ...market, ending: 'abandoned' } })
  for (const epoch of [0, 1]) {
    for (let i = 0; i < hired.length; i++) world.seal(i, { epoch })
    t.match(world.state.document, { epoch, market: { ending: 'abandoned' } })
    world.pass(10_000)
  }
  t.match(world.status(), { phase: 'succeeded', results: 2 })
  t.match(world.told('result')?.document, { epoch: 1, market: { ending: 'abandoned' } })
})

t.test('a paid job that is cancelled goes on until its contract has ended', async (t) => {
  const repeating = { offer: sampleOffer, window: { every: 10_000, late: 0 }, epochs: 4 }
  const hired = sellers('a', 'b', 'c', 'd')
  const begin = (world: World) => {
    for (const { node } of hired) world.device(node)
    world.give({ kind: 'submitted' })
    world.give({ kind: 'hired', sellers: hired, started: 1_800_000_000 })
  }
  const world = new World(repeating)
  begin(world)
  world.give({ kind: 'cancel' })
  t.match(world.status(), { phase: 'running', message: /until the running checkpoint is paid/ })
  t.notOk(world.state.order.cancelled, 'devices are not told to stop')
  t.equal(restarted(world).state.isStopping, true)
  for (let i = 0; i < hired.length; i++) world.seal(i)
  t.match(world.status(), { phase: 'running', results: 1 })
  world.give({ kind: 'settled', market: { ...market, ending: 'stopped' } })
  t.match(world.status(), { phase: 'cancelled' })
  t.match(world.state.document, { epoch: 0, market: { ending: 'stopped' } })
  t.ok(world.state.order.cancelled)
  const once = paid()
  begin(once)
  once.give({ kind: 'cancel' })
  for (let i = 0; i < hired.length; i++) once.seal(i)
  once.give({ kind: 'settled', market })
  t.match(once.status(), { phase: 'succeeded' }, 'its one checkpoint was paid')
})

t.test('a deadline ends a paid job that runs as its operator would', async (t) => {
  const late = { deadline: 720_000 }
  const hired = sellers('a', 'b', 'c', 'd')
  const begin = (world: World) => {
    for (const { node } of hired) world.device(node)
    world.give({ kind: 'submitted' })
    // Ten minutes of twelve until the places are filled; the contract runs on from then.
    world.pass(600_000)
    world.give({ kind: 'hired', sellers: hired, started: 1_800_000_000 })
    world.effects = []
    world.pass(130_000)
  }
  const order = { offer: sampleOffer, timeout: 1_200_000 }
  const world = new World(order, late)
  begin(world)
  t.match(world.status(), {
    phase: 'running',
    message: /until the running checkpoint is paid: the deadline of 720 s has passed$/,
  })
  t.notOk(world.state.order.cancelled, 'devices are not told to stop')
  t.equal(world.effects.filter(({ kind }) => kind === 'stop').length, 1, 'its contract is')
  t.match(JSON.parse(savedJob(world.state)), { isStopping: true, isOverdue: true })
  world.give({ kind: 'settled', market: { ...market, ending: 'stopped' } })
  t.match(world.status(), { phase: 'running' }, 'reports may be on their way')
  for (let i = 0; i < hired.length; i++) world.seal(i)
  t.match(world.status(), { phase: 'succeeded', reason: 'Completed' }, 'its checkpoint was paid')
  const window = { every: 200_000, late: 0 }
  const repeating = new World({ ...order, window, epochs: 4 }, late)
  begin(repeating)
  for (let i = 0; i < hired.length; i++) repeating.seal(i)
  repeating.give({ kind: 'settled', market: { ...market, ending: 'stopped' } })
  t.match(repeating.status(), {
    phase: 'succeeded',
    reason: 'Deadline',
    message: 'the deadline of 720 s has passed',
    results: 1,
  })
  t.ok(repeating.state.order.cancelled)
  const cancelled = new World({ ...order, window, epochs: 4 }, late)
  begin(cancelled)
  cancelled.give({ kind: 'cancel' })
  t.equal(cancelled.effects.filter(({ kind }) => kind === 'stop').length, 1, 'once')
})

t.test('a deadline takes back the order of a paid job that still hires', async (t) => {
  const world = new World({ offer: sampleOffer }, { deadline: 720_000 })
  world.give({ kind: 'submitted' })
  world.pass(720_000)
  t.match(world.status(), { phase: 'failed', reason: 'Deadline' })
  t.ok(world.told('stop'))
  const unpaid = new World({}, { deadline: 720_000 })
  unpaid.give({ kind: 'submitted' })
  unpaid.pass(720_000)
  t.match(unpaid.status(), { phase: 'failed', reason: 'Deadline' })
  t.notOk(unpaid.told('stop'), 'there is no contract')
})
