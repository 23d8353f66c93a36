import t from 'tap'
import { deriveKey } from '../../../../agent/io/keys.ts'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { jobId, nodeId } from '../../../../agent/wire/ids.ts'
import { marketDigest, NO_SHARE, packTerms } from '../../../../agent/wire/market.ts'
import type { Finding } from '../../../../agent/wire/marketMessages.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import { commitmentOf, signCompact } from '../../../../agent/wire/typedData.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement } from '../../../../controller/core/settlement/state.ts'
import { sampleTerms } from '../../../../docs/generator/marketSamples.ts'

const place = {
  chainId: 31_337,
  vault: new Uint8Array(20).fill(1),
  factory: new Uint8Array(20).fill(2),
  escrow: new Uint8Array(20).fill(3),
}
const seller = deriveKey('findings', 'seller')
const other = deriveKey('findings', 'other')
const key = addressOf(seller.publicKey)

function relay() {
  const state = newSettlement(
    { ...place, terms: packTerms(sampleTerms) },
    {},
    new Uint8Array(20).fill(4),
  )
  const shownBy = ({ privateKey }: typeof seller, result: number): Finding => {
    const found = { roster: new Uint8Array(32).fill(9), result: new Uint8Array(32).fill(result) }
    const message = { job: state.address, index: 0n, group: 0n, share: NO_SHARE, ...found }
    const signature = signCompact(marketDigest(state.market, 'Checkpoint', message), privateKey)
    const bound = { index: 0, commitment: commitmentOf(signature) }
    return { ...bound, group: 0, share: NO_SHARE, ...found, signature }
  }
  const hear = (finding: Finding) => {
    const label = { version: 1, job: jobId('paid'), from: nodeId('a') } as const
    const deal = { ...label, order: new Uint8Array(32), findings: [finding] }
    step(state, { kind: 'deal', node: nodeId('a'), key, deal }, [])
  }
  const held = () => state.findings.get(0)?.get(hexOf(key))
  return { shownBy, hear, held }
}

t.test('a signature that is held is not checked again when it is told again', async (t) => {
  const { shownBy, hear, held } = relay()
  const first = shownBy(seller, 1)
  hear(first)
  // Decoded from another message: the same bytes in another object, which would replace the first had it been checked.
  hear(structuredClone(first))
  t.equal(held(), first)
})

t.test('another signature is checked, and taken from the seller alone', async (t) => {
  const { shownBy, hear, held } = relay()
  const first = shownBy(seller, 1)
  hear(first)
  hear(shownBy(other, 2))
  t.equal(held(), first, 'of another key')
  hear({ index: 0, commitment: first.commitment })
  t.equal(held(), first, 'what was shown is not taken back')
  const later = shownBy(seller, 2)
  hear(later)
  t.equal(held(), later)
})
