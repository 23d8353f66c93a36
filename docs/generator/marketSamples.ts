import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8ToBytes } from '../../agent/wire/hash.ts'
import type { MARKET_TYPES, MarketType, Terms } from '../../agent/wire/market.ts'
import type { StructValue } from '../../agent/wire/typedData.ts'

/** One message of each type of the market, from which vectors are made. */

const job = new Uint8Array(20).fill(0xaa)
const account = new Uint8Array(20).fill(0xbb)
const to = new Uint8Array(20).fill(0xcc)
const word = (text: string): Uint8Array => keccak_256(utf8ToBytes(text))
const ETHER = 10n ** 18n
const DEADLINE = 1_800_000_000n

export const marketSamples: {
  readonly [T in MarketType]: StructValue<(typeof MARKET_TYPES)[T]>
} = {
  Fund: { job, amount: 155n * ETHER },
  Cancel: { job },
  Stop: { job },
  Accept: { job, index: 3n },
  Register: { account, payout: to, deadline: DEADLINE },
  Withdraw: { account, to, amount: 5n * ETHER, nonce: 7n, deadline: DEADLINE },
  Join: { job, minPrice: ETHER / 2n, collateral: ETHER, deadline: DEADLINE },
  Hire: { job, minPrice: ETHER / 2n, deadline: DEADLINE, joins: word('joins') },
  Commit: { job, index: 3n, commitment: word('commitment') },
  Checkpoint: {
    job,
    index: 3n,
    group: 12n,
    roster: word('roster'),
    share: word('share'),
    result: word('result'),
  },
  Contribution: { job, index: 3n, shard: word('shard'), value: word('value') },
}

export const sampleTerms: Terms = {
  buyer: account,
  price: ETHER,
  feeBps: 50n,
  relay: to,
  collateral: 2n * ETHER,
  replicas: 3n,
  spec: word('spec'),
  relayFee: ETHER / 10n,
  period: 600n,
  window: 120n,
  joinBy: DEADLINE,
  sellers: 155n,
  checkpoints: 4n,
  payEvery: 2n,
  nonce: 9n,
}
