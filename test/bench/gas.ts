import { parseArgs } from 'node:util'
import { type Hex, keccak256, type TransactionReceipt, toHex } from 'viem'
import { bytesOf, concatBytes, hexOf } from '../../agent/wire/hash.ts'
import type { Terms } from '../../agent/wire/market.ts'
import { commitmentOf } from '../../agent/wire/typedData.ts'
import {
  type Actor,
  actor,
  callJob,
  createJob,
  fillJob,
  fundAccounts,
  openStage,
  pairOf,
  signMarket,
} from '../chain/stage.ts'

/**
 * `npm run bench:gas [-- --sellers 10,50,100,256] [--checkpoints 4] [--replicas 1] [--relay-fee 0]
 * [--own 0]`: whole jobs on a development chain, one JSON line each (cli.md). `perSeller`: gas of all transactions of a
 * job over its sellers; with `--own` so many sellers bind themselves at each checkpoint, beside the list.
 */
const { values } = parseArgs({
  options: {
    sellers: { type: 'string', default: '10,50,100,256' },
    checkpoints: { type: 'string', default: '4' },
    replicas: { type: 'string', default: '1' },
    'relay-fee': { type: 'string', default: '0' },
    own: { type: 'string', default: '0' },
  },
})
const ETHER = 10n ** 18n
/** Joins in one transaction: the fewest transactions, and far below the bound of a block. */
const BATCH = 128
/** Own words in one call, as settlement/commits.ts sends them. */
const OWN_BATCH = 64
const PERIOD = 600
const WINDOW = 120

const stage = await openStage()
try {
  const counts = values.sellers.split(',').map(Number)
  const most = Math.max(...counts)
  const buyer = actor('buyer')
  const sellers = Array.from({ length: most }, (_, k) => actor(`seller-${k}`))
  const accounts = sellers.map(({ address }) => address)
  await fundAccounts(stage, [buyer.address, ...accounts], 1000n * ETHER)
  // A market's first job also writes counters and balances that were zero; it is not counted.
  await lifeOf(1, 0, buyer, sellers)
  for (const [k, count] of counts.entries()) tell(count, await lifeOf(count, k + 1, buyer, sellers))
} finally {
  await stage.stop()
}

/** Runs a whole job. @returns gas of each transaction, by call */
async function lifeOf(
  count: number,
  nonce: number,
  buyer: Actor,
  all: readonly Actor[],
): Promise<Record<string, number[]>> {
  const sellers = all.slice(0, count)
  const terms = await termsOf(count, nonce, buyer)
  const gas: Record<string, number[]> = {}
  const note = (name: string, { gasUsed }: { gasUsed: bigint }) => {
    gas[name] = [...(gas[name] ?? []), Number(gasUsed)]
  }
  const { job, receipt } = await createJob(stage, buyer, terms)
  note('create', receipt)
  const { price: minPrice, collateral, joinBy: deadline } = terms
  for (let from = 0; from < count; from += BATCH) {
    const message = { job: bytesOf(job), minPrice, collateral, deadline }
    const joins = sellers
      .slice(from, from + BATCH)
      .map((seller) => signMarket(stage, seller, 'Join', message))
    note('fill', await fillJob(stage, job, buyer, minPrice, deadline, joins))
  }
  if (terms.replicas > 1n) {
    for (let k = 0; k < 3; k++) await stage.mine()
    note('start', await callJob(stage, job, 'start', []))
  }
  const history: bigint[] = []
  for (let index = 0; index < terms.checkpoints; index++) {
    const { anchored, committed, attested } = await checkpoint(job, index, sellers, terms)
    note('anchor', anchored)
    for (const receipt of committed) note('commit', receipt)
    note('attest', attested)
    history.push(2n ** BigInt(count) - 1n, 0n)
  }
  const list = sellers.map(({ address }) => address)
  note('settle', await callJob(stage, job, 'settle', [list, history]))
  return gas
}

function tell(count: number, gas: Record<string, number[]>): void {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const all = Object.values(gas).flat()
  const calls = Object.entries(gas).map(([name, used]) => [
    name,
    Math.round(sum(used) / used.length / count),
  ])
  const line = {
    bench: 'gas',
    sellers: count,
    checkpoints: Number(values.checkpoints),
    replicas: Number(values.replicas),
    perSeller: Math.round(sum(all) / count),
    create: gas.create?.[0],
    worstTx: Math.max(...all),
    perSellerAndCall: Object.fromEntries(calls),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Runs a checkpoint to which all sellers come. */
async function checkpoint(
  job: Hex,
  index: number,
  sellers: readonly Actor[],
  terms: Terms,
): Promise<
  Record<'anchored' | 'attested', TransactionReceipt> & { committed: TransactionReceipt[] }
> {
  const commitBy = Number((await stage.read(job, 'progress')).commitBy)
  const groups = (await stage.read(job, 'groups')).map(Number)
  const roster = keccak256(toHex(`roster ${index}`))
  const result = keccak256(toHex(`result ${index}`))
  const claims = [...new Set(groups)]
    .sort((a, b) => a - b)
    .map((group) => ({
      group,
      roster,
      share:
        terms.replicas > 1n ? keccak256(toHex(`share ${index} ${group}`)) : `0x${'0'.repeat(64)}`,
      result,
    }))
  const signatures = sellers.map((seller, place) => {
    const claim = claims[groups[place] ?? 0]
    if (!claim) throw new Error('a group without a claim')
    return signMarket(stage, seller, 'Checkpoint', {
      job: bytesOf(job),
      index: BigInt(index),
      group: BigInt(claim.group),
      roster: bytesOf(roster),
      share: bytesOf(claim.share as Hex),
      result: bytesOf(result),
    })
  })
  let chain: Uint8Array = new Uint8Array(32)
  const commitments = signatures.map(commitmentOf)
  for (const word of commitments) chain = bytesOf(keccak256(concatBytes(chain, word)))
  await stage.warp(commitBy - WINDOW)
  const anchored = await callJob(stage, job, 'anchor', [index, hexOf(chain)])
  const committed: TransactionReceipt[] = []
  const own = Math.min(Number(values.own), sellers.length)
  for (let from = 0; from < own; from += OWN_BATCH) {
    const to = Math.min(own, from + OWN_BATCH)
    const signed = sellers.slice(from, to).map((seller, i) => {
      const commitment = commitments[from + i] ?? new Uint8Array(32)
      const message = { job: bytesOf(job), index: BigInt(index), commitment }
      return pairOf(signMarket(stage, seller, 'Commit', message))
    })
    const places = (1n << BigInt(to)) - (1n << BigInt(from))
    const words = {
      places,
      commitments: commitments.slice(from, to).map(hexOf),
      signatures: signed,
    }
    const list = sellers.map(({ address }) => address)
    committed.push(await callJob(stage, job, 'commit', [index, words, list]))
  }
  await stage.warp(commitBy + 1)
  const reveals = {
    claims,
    revealed: 2n ** BigInt(sellers.length) - 1n,
    shown: '0x',
    claimOf: toHex(Uint8Array.from(sellers, (_, place) => groups[place] ?? 0)),
    signatures: signatures.map(pairOf),
    absent: [],
    withheld: [],
    replaced: commitments.slice(0, own).map(hexOf),
  }
  const attested = await callJob(stage, job, 'attest', [index, reveals])
  return { anchored, committed, attested }
}

async function termsOf(count: number, nonce: number, buyer: Actor): Promise<Terms> {
  const checkpoints = BigInt(values.checkpoints)
  return {
    buyer: bytesOf(buyer.address),
    price: ETHER,
    feeBps: 50n,
    relay: bytesOf(stage.relay.address),
    collateral: ETHER,
    replicas: count % Number(values.replicas) === 0 ? BigInt(values.replicas) : 1n,
    spec: bytesOf(keccak256(toHex('spec'))),
    relayFee: BigInt(values['relay-fee']),
    period: BigInt(PERIOD),
    window: BigInt(WINDOW),
    joinBy: BigInt((await stage.now()) + 3600),
    sellers: BigInt(count),
    checkpoints,
    payEvery: checkpoints,
    nonce: BigInt(nonce),
  }
}
