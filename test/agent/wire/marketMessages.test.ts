import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import {
  amountBytes,
  amountOf,
  findingOf,
  packTerms,
  unpackTerms,
} from '../../../agent/wire/market.ts'
import { AnchorList, CLAIMS_TOLD, Deal, SELLERS } from '../../../agent/wire/marketMessages.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'

t.test('terms come back as they were packed', async (t) => {
  t.strictSame(unpackTerms(packTerms(sampleTerms)), sampleTerms)
})

t.test('amounts of 96 bits come back', async (t) => {
  for (const amount of [0n, 1n, 10n ** 26n, 2n ** 96n - 1n])
    t.equal(amountOf(amountBytes(amount)), amount)
  t.throws(() => amountBytes(2n ** 96n), { code: 'INVARIANT' })
})

t.test(
  'what is found differs with the roster, the epoch, the contributors, what they gave, and the sum',
  async (t) => {
    const word = (fill: number, length = 32) => new Uint8Array(length).fill(fill)
    const base = [word(1), 3, word(7, 2), word(4), word(9, 40)] as const
    const { roster, result } = findingOf(...base)
    t.strictSame(findingOf(...base), { roster, result })
    const [hash, epoch, contributors, contents, sum] = base
    t.notSame(findingOf(word(2), epoch, contributors, contents, sum).roster, roster)
    t.notSame(findingOf(hash, 4, contributors, contents, sum).roster, roster)
    t.notSame(findingOf(hash, epoch, word(6, 2), contents, sum).roster, roster)
    t.notSame(findingOf(hash, epoch, contributors, word(5), sum).roster, roster)
    const other = findingOf(hash, epoch, contributors, contents, word(8, 40))
    t.strictSame(other.roster, roster, 'the sum is no part of what is in it')
    t.notSame(other.result, result)
  },
)

t.test('the longest messages of a deal fit one message', async (t) => {
  const finding = {
    index: 63,
    commitment: new Uint8Array(32),
    group: 85,
    roster: new Uint8Array(32),
    share: new Uint8Array(32),
    result: new Uint8Array(32),
    signature: new Uint8Array(64),
    commit: new Uint8Array(64),
  }
  const label = { version: 1, job: jobId('a'.repeat(32)), from: nodeId('b'.repeat(32)) } as const
  const bid = { minPrice: new Uint8Array(12), deadline: 2 ** 40, signature: new Uint8Array(64) }
  const deal = {
    ...label,
    order: new Uint8Array(32),
    bid,
    findings: Array(CLAIMS_TOLD).fill(finding),
  }
  const bytes = encodeRecord(Deal, deal)
  t.ok(bytes.length < LIMITS.message)
  t.strictSame(decodeRecord(Deal, bytes), deal)
  const { version, job } = label
  const list = { version, job, index: 63, commitments: new Uint8Array(32 * SELLERS) }
  t.ok(encodeRecord(AnchorList, list).length < LIMITS.message)
})
