import t from 'tap'
import { FusionJob } from '../../agent/wire/job.ts'
import { checkFunds } from '../../controller/funds.ts'

const job = (market?: object) => ({
  job: FusionJob.parse({
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'a' },
    spec: { model: { type: 'sum', response: 'level' }, ...(market && { market }) },
  }),
})
const terms = { sellers: 3, period: '30s', window: '10s' }
const opening = { buyer: new Uint8Array(20).fill(0xab), feeBps: 50 }
const HYPER = 10n ** 18n

t.test('the escrow is the pay, the fee on it and the part of relays, over all jobs', (t) => {
  const jobs = [
    job({ price: '1.0', relayFee: '0.5', ...terms }),
    job(),
    job({ price: '2.0', ...terms }),
  ]
  // (3 + 6) x 1.005 + 0.5
  const need = (9545n * HYPER) / 1000n
  checkFunds(opening, need, jobs)
  t.throws(() => checkFunds(opening, need - HYPER, jobs), {
    code: 'CHAIN_REFUSED',
    message:
      /has 8\.545 HYPER free in the market, wanted 9\.545 HYPER for the escrow of 2 jobs .* hypernet market deposit 1\.0 --for 0x[aAbB]{40}\. Nothing was sent$/,
  })
  checkFunds(opening, undefined, jobs)
  checkFunds(opening, 0n, [job()])
  t.end()
})
