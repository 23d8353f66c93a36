import t from 'tap'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest, equalBytes } from '../../../agent/wire/hash.ts'
import { fleetId, jobId } from '../../../agent/wire/ids.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { unpackTerms } from '../../../agent/wire/market.ts'
import { Order } from '../../../agent/wire/messages.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { wantsText } from '../../../agent/wire/wants.ts'
import { compileJob } from '../../../controller/core/compile.ts'
import { withOffer } from '../../../controller/core/settlement/offer.ts'

const place = {
  chainId: 31_337,
  vault: new Uint8Array(20).fill(1),
  factory: new Uint8Array(20).fill(2),
  escrow: new Uint8Array(20).fill(3),
  relay: new Uint8Array(20).fill(4),
}
const opening = {
  buyer: new Uint8Array(20).fill(5),
  feeBps: 50,
  time: 1_000_000,
  leastWindow: 10,
  mostWindow: 3600,
}

const least = { model: { type: 'sum', response: 'a' }, market: { price: '1', sellers: 3 } }

function orderOf(spec: object): Order {
  const checked = checkValue(FusionJob, {
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'paid' },
    spec: { ...least, ...spec },
  })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  const job = checked.value
  const order = compileJob(job, { job: jobId('paid'), fleet: fleetId('lab'), generation: 1 })
  if (!job.spec.market) throw new Error('it has one')
  return withOffer(order, job.spec.market, place, opening)
}

t.test('what an order wants is told in the words of the job file', (t) => {
  t.equal(wantsText(orderOf({})), '')
  const resources = { cpus: 1.5, memory: '64MiB', storage: '10MB', bandwidth: '20kB' }
  t.strictSame(JSON.parse(wantsText(orderOf({ resources }))), { ...resources, runtime: 'builtin' })
  t.strictSame(JSON.parse(wantsText(orderOf({ resources: {} }))), { runtime: 'builtin' })
  const market = { price: '1', sellers: 3, minStake: '2.5', minScore: 0.9 }
  t.equal(wantsText(orderOf({ market })), '{"minStake":"2.5","minScore":0.9}')
  t.end()
})

t.test('the terms stand for what is wanted, as for the rest of the order', (t) => {
  const specOf = ({ offer, ...bare }: Order) => {
    const { spec } = unpackTerms(offer?.terms ?? new Uint8Array(0))
    t.strictSame(spec, digest(encodeRecord(Order, bare)))
    return spec
  }
  const [less, more] = ['32MiB', '64MiB'].map((memory) => orderOf({ resources: { memory } }))
  t.notOk(less && more && equalBytes(specOf(less), specOf(more)))
  t.end()
})
