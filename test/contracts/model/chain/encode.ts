import { encodeAbiParameters, encodeFunctionData, type Hex, parseAbiParameters } from 'viem'
import { hexOf } from '../../../../agent/wire/hash.ts'
import type { Terms as WireTerms } from '../../../../agent/wire/market.ts'
import type { Call } from '../rules/calls.ts'
import type { Evidence } from '../rules/checkpoints.ts'
import { bitsOf } from '../rules/news.ts'
import type { Address, Claim } from '../rules/speech.ts'
import type { Terms, Verdict } from '../rules/state.ts'
import type { Artifact, Artifacts } from './artifacts.ts'
import { type Signers, wordBytes } from './signing.ts'

/** Where a market's contracts stand. */
export interface Places {
  readonly token: Address
  readonly treasury: Address
  readonly vault: Address
  readonly escrow: Address
  readonly factory: Address
  readonly reader: Address
}

export interface Encoded {
  readonly to: Address
  readonly data: Hex
}

const SHOWN = parseAbiParameters([
  'Claim[], uint256[]',
  'struct Claim { uint16 group; bytes32 roster; bytes32 share; bytes32 result; }',
])

const historyOf = (verdicts: readonly Verdict[]): bigint[] =>
  verdicts.flatMap(({ ok, bad }) => [bitsOf(ok), bitsOf(bad)])
const wordOf = (name: string): Address => hexOf(wordBytes(name))
const claimOf = ({ group, roster, share, result }: Claim) => ({
  group,
  roster: wordOf(roster),
  share: wordOf(share),
  result: wordOf(result),
})

/** One word of 32 bytes. */
export const hexWord = (value: bigint): string => value.toString(16).padStart(64, '0')

/** The terms in the form of the wire. */
export const wireTerms = (terms: Terms): WireTerms => {
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), 'hex'))
  const wire = Object.entries(terms).map(([field, value]) => {
    if (field === 'spec') return [field, wordBytes(terms.spec)]
    return [field, typeof value === 'string' ? bytes(value) : BigInt(value)]
  })
  return Object.fromEntries(wire) as WireTerms // the same fields
}

/** Turns calls into what is sent. */
export class Encoder {
  readonly #artifacts: Artifacts
  readonly #places: Places
  readonly #signers: Signers

  constructor(artifacts: Artifacts, places: Places, signers: Signers) {
    this.#artifacts = artifacts
    this.#places = places
    this.#signers = signers
  }

  /** Receiver and data of a call. */
  encode(call: Call): Encoded {
    const { vault, factory, escrow } = this.#places
    const signers = this.#signers
    const toVault = (name: string, ...args: unknown[]) => this.#to(vault, 'HyperVault', name, args)
    const toJob = (name: string, ...args: unknown[]) =>
      this.#to('job' in call ? call.job : escrow, 'JobEscrow', name, args)
    switch (call.op) {
      case 'deposit':
      case 'stakeOn':
        return toVault(call.op, call.account, call.amount)
      case 'requestUnstake':
      case 'unstake':
        return toVault(call.op, call.account)
      case 'withdraw': {
        const { account, to, amount, deadline, signature } = call
        return toVault('withdraw', account, to, amount, deadline, signers.long(signature))
      }
      case 'register': {
        const { account, payout, deadline, signature } = call
        return toVault('register', account, payout, deadline, signers.long(signature))
      }
      case 'setRules':
        return toVault('setRules', call.rules)
      case 'setFactory':
        return toVault('setFactory', factory, call.listed)
      case 'release':
        return toVault('release', call.account, call.job)
      case 'trespass':
        return call.as === 'code' ? toJob('close', 0) : toVault(call.as, ...trespass[call.as])
      case 'create': {
        const terms = { ...call.terms, spec: wordOf(call.terms.spec) }
        const args = [terms, call.resources, signers.long(call.signature)]
        return this.#to(factory, 'JobFactory', 'create', args)
      }
      case 'fill': {
        const joins = call.joins.map((each) => signers.pair(each))
        return toJob('fill', call.minPrice, call.deadline, joins, signers.long(call.hire))
      }
      case 'start':
        return toJob('start')
      case 'raise':
        return toJob('raise', call.price, signers.long(call.signature))
      case 'cancel':
      case 'stop':
        return toJob(call.op, signers.long(call.signature))
      case 'expire':
        return toJob('expire', call.sellers)
      case 'anchor':
        return toJob('anchor', call.index, signers.anchor(call.list))
      case 'commit': {
        const { index, words, sellers } = call
        const places = bitsOf(words.map(({ place }) => place))
        const commitments = words.map(({ commitment }) => hexOf(signers.commitment(commitment)))
        const signatures = words.map(({ signature }) => signers.pair(signature))
        return toJob('commit', index, { places, commitments, signatures }, sellers)
      }
      case 'attest':
        return toJob('attest', call.index, this.#reveals(call.reveals))
      case 'accept':
        return toJob('accept', call.index, signers.long(call.signature))
      case 'close':
        return toJob('close', call.index)
      case 'equivocate':
        return this.#equivocate(call.one, call.other, toJob)
      case 'payout':
      case 'settle': {
        const history = historyOf(call.history)
        return toJob(call.op, call.sellers, call.torn ? [...history, 0n] : history)
      }
    }
  }

  #reveals(reveals: (Call & { op: 'attest' })['reveals']) {
    const commitmentOf = (each: (typeof reveals.withheld)[number]) =>
      hexOf(this.#signers.commitment(each))
    return {
      claims: reveals.claims.map(claimOf),
      revealed: bitsOf(reveals.revealed),
      claimOf: hexOf(Uint8Array.from(reveals.claimOf)),
      signatures: reveals.signatures.map((each) => this.#signers.pair(each)),
      absent: reveals.absent,
      withheld: reveals.withheld.map(commitmentOf),
      replaced: reveals.replaced.map(commitmentOf),
      shown:
        reveals.earlier.length === 0
          ? '0x'
          : encodeAbiParameters(SHOWN, [
              reveals.earlier.map(({ claim }) => claimOf(claim)),
              reveals.earlier.map(({ by }) => bitsOf(by)),
            ]),
    }
  }

  #equivocate(
    { message: one, signature: oneSignature }: Evidence,
    { message: other, signature: otherSignature }: Evidence,
    toJob: (name: string, ...args: unknown[]) => Encoded,
  ): Encoded {
    const [first, second] = [this.#signers.pair(oneSignature), this.#signers.pair(otherSignature)]
    if (one.type === 'Checkpoint' && other.type === 'Checkpoint')
      return toJob('equivocate', one.index, claimOf(one.claim), first, claimOf(other.claim), second)
    if (one.type === 'Contribution' && other.type === 'Contribution') {
      const values = [wordOf(one.shard), wordOf(one.value), first, wordOf(other.value), second]
      return toJob('equivocateContribution', one.index, ...values)
    }
    throw new Error('the script compares a checkpoint with a contribution')
  }

  #to(to: Address, contract: keyof Artifacts, functionName: string, args: unknown[]): Encoded {
    const { abi }: Artifact = this.#artifacts[contract]
    return { to, data: encodeFunctionData({ abi, functionName, args }) }
  }
}

const SOMEBODY = `0x${'11'.repeat(20)}`
/** Arguments of what only factories and jobs may call. */
const trespass = {
  open: [SOMEBODY, SOMEBODY, 1n, '0x'],
  fund: [1n, '0x'],
  join: [1n, 1n, 1n, 1n, [], '0x'],
  settle: [[], [], { slice: 1n, cut: 1n, checkpoints: 1, ending: 2 }],
  slashAll: [SOMEBODY],
  reward: [SOMEBODY, 1n],
}
