import t from 'tap'
import { deriveKey } from '../../../../agent/io/keys.ts'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { packTerms, type Terms } from '../../../../agent/wire/market.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import type {
  SettlementEffect,
  SettlementInput,
} from '../../../../controller/core/settlement/seam.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement } from '../../../../controller/core/settlement/state.ts'
import { mayTry, type Refused, refusedOnce } from '../../../../controller/core/settlement/tries.ts'
import { sampleTerms } from '../../../../docs/generator/marketSamples.ts'

const seller = hexOf(addressOf(deriveKey('tries', 'a').publicKey))

/** A settlement, and the steps that it wants after an input. */
function open(change: Partial<Terms>) {
  const place = {
    chainId: 31_337,
    vault: new Uint8Array(20).fill(1),
    factory: new Uint8Array(20).fill(2),
    escrow: new Uint8Array(20).fill(3),
  }
  const terms = packTerms({ ...sampleTerms, ...change })
  const state = newSettlement({ ...place, terms }, {}, new Uint8Array(20).fill(4))
  const give = (input: SettlementInput): string[] => {
    const out: SettlementEffect[] = []
    step(state, input, out)
    return out.flatMap((each) => (each.kind === 'call' ? [each.call.step] : []))
  }
  const log = (block: number, name: string, args: object = {}) =>
    give({ kind: 'log', log: { name, args: { ...args } }, block })
  const head = (number: number, time: number) => give({ kind: 'head', number, time, final: 0 })
  const refuse = (name: string, block: number) =>
    give({ kind: 'refused', step: name, reason: 'a glitch', block })
  return { give, log, head, refuse }
}

t.test('a step that may be late is tried for ever, with pauses that grow', async (t) => {
  const { log, head, refuse } = open({ replicas: 1n, sellers: 1n, checkpoints: 1n, payEvery: 1n })
  head(10, 1000)
  log(10, 'JobOpened')
  log(11, 'SellersJoined', { sellers: [seller] })
  log(11, 'Started', { seed: `0x${'0'.repeat(64)}`, commitBy: 2000n })
  const closed = { ok: 1n, bad: 0n, nextCommitBy: 2000n }
  t.strictSame(log(12, 'CheckpointClosed', closed), ['settle'])
  t.strictSame(refuse('settle', 10), [], 'not at the same block again')
  const tried: number[] = []
  for (let n = 11; n < 2000; n++) {
    const [name] = head(n, 1000 + n)
    if (name === undefined) continue
    tried.push(n)
    refuse(name, n)
  }
  // 15 seconds after the second refusal, then twice as long each time, up to 600.
  t.strictSame(tried, [11, 26, 56, 116, 236, 476, 956, 1556])
})

t.test('a step within a window is tried at each block, and only once', async (t) => {
  let refused: Refused | undefined
  for (let block = 1; block < 1000; block++) {
    for (const name of ['create', 'anchor/0', 'commit/0/3', 'attest/0/24'])
      t.ok(mayTry(name, refused, { block, time: block }) || t.comment(name, block))
    refused = refusedOnce(refused, { block, time: block })
    t.notOk(mayTry('attest/0/24', refused, { block, time: block }))
  }
})

t.test('a controller that restarts while the lot is awaited starts the job', async (t) => {
  const { log, head } = open({ replicas: 3n, sellers: 3n, window: 120n })
  // As a bridge tells it that has not looked yet: its head, then the past, then the newest head.
  head(0, 0)
  log(10, 'JobOpened')
  log(11, 'SellersJoined', { sellers: ['0x1', '0x2', '0x3'] })
  log(11, 'Filled', { fillBlock: 11n })
  t.strictSame(head(14, 1_800_000_000), ['start'])
  t.strictSame(head(24, 1_800_000_120), ['start'])
  t.strictSame(head(25, 1_800_000_121), ['expire'], 'by then the time of the contract is over, too')
})

t.test('a call that found no place waits for a head, and a filling is chosen anew', async (t) => {
  const { give, head } = open({ replicas: 1n, sellers: 1n })
  t.strictSame(head(10, 1000), ['create'])
  t.strictSame(give({ kind: 'unsent', step: 'create' }), [])
  t.strictSame(head(11, 1001), ['create'])
})
