import { concatBytes, digest, utf8ToBytes } from '../../agent/wire/hash.ts'
import type { JobId, NodeId } from '../../agent/wire/ids.ts'
import { amountBytes, packTerms } from '../../agent/wire/market.ts'
import * as market from '../../agent/wire/marketMessages.ts'
import { sampleTerms } from './marketSamples.ts'
import { type Sample, sample } from './sample.ts'

/** Records of paid jobs, from which vectors are made. */

const hash = digest(utf8ToBytes('an example'))
/** No signature of anybody's: the form is what counts here. */
const compact = new Uint8Array(64).fill(0x5a)
const bid: market.Bid = {
  minPrice: amountBytes(10n ** 18n),
  deadline: 1_800_000_000,
  signature: compact,
}
const finding: market.Finding = {
  index: 3,
  commitment: hash,
  group: 0,
  roster: hash,
  share: new Uint8Array(32),
  result: hash,
  signature: compact,
  commit: compact,
}
export const sampleOffer: market.Offer = {
  chainId: 31_337,
  vault: new Uint8Array(20).fill(0x11),
  factory: new Uint8Array(20).fill(0x22),
  escrow: new Uint8Array(20).fill(0x33),
  terms: packTerms(sampleTerms),
}

export const marketRecords = (job: JobId, from: NodeId): Sample[] => [
  sample('offer', market.Offer, sampleOffer),
  sample('bid', market.Bid, bid),
  sample('finding that is bound', market.Finding, { index: 0, commitment: hash, commit: compact }),
  sample('finding that is shown', market.Finding, finding),
  sample('deal', market.Deal, { version: 1, job, from, order: hash, bid, findings: [finding] }),
  sample('deal of a device that has not decided', market.Deal, {
    version: 1,
    job,
    from,
    order: hash,
    findings: [],
  }),
  sample('anchor-list', market.AnchorList, {
    version: 1,
    job,
    index: 3,
    commitments: concatBytes(hash, new Uint8Array(32)),
  }),
]
