import type { Places } from '../chain/encode.ts'
import { addressOfName } from '../chain/signing.ts'
import type { Call } from '../rules/calls.ts'
import type { Address } from '../rules/speech.ts'
import type { Market, Rules } from '../rules/state.ts'

/** Who there is before a script starts, and what they have. */

export const TOKEN = 10n ** 18n

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, k) => `${prefix}${k}`)

export const NAMES = [
  ...numbered('buyer', 3),
  ...numbered('seller', 27),
  ...numbered('staker', 3),
  'relay',
  'stranger',
  'pauper',
]
const byPrefix = (prefix: string): Address[] =>
  NAMES.filter((name) => name.startsWith(prefix)).map(addressOfName)

export const BUYERS = byPrefix('buyer')
export const SELLERS = byPrefix('seller')
export const STAKERS = byPrefix('staker')
export const [RELAY, STRANGER, PAUPER] = [
  addressOfName('relay'),
  addressOfName('stranger'),
  addressOfName('pauper'),
]
/** Where devices' money goes: wallets that never sign. */
export const PURSES: readonly Address[] = [`0x${'a1'.repeat(20)}`, `0x${'b2'.repeat(20)}`]
/** Everybody who can send, the poor one too. */
export const PEOPLE: readonly Address[] = [
  ...BUYERS,
  ...SELLERS,
  ...STAKERS,
  RELAY,
  STRANGER,
  PAUPER,
]

export const FIRST_RULES: Rules = {
  feeBps: 50,
  leastWindow: 10,
  mostWindow: 86_400,
  stakeDelay: 40,
}

/** Tokens of everybody at first; the pauper has some, but lets nobody take them. */
export const WALLETS: ReadonlyMap<Address, bigint> = new Map([
  ...BUYERS.map((buyer): [Address, bigint] => [buyer, 3000n * TOKEN]),
  ...SELLERS.map((seller): [Address, bigint] => [seller, 100n * TOKEN]),
  ...STAKERS.map((staker): [Address, bigint] => [staker, 1000n * TOKEN]),
  [STRANGER, 10n * TOKEN],
  [PAUPER, 5n * TOKEN],
])
export const APPROVALS: ReadonlySet<Address> = new Set(
  PEOPLE.filter((each) => each !== PAUPER && each !== RELAY),
)

/** A seller's own tokens in the vault: every fifth has none, others more or fewer. */
const OWN = [0n, 2n * TOKEN + 1n, 6n * TOKEN, 40n * TOKEN, TOKEN - 7n]

/** What everybody does before a script starts. */
export function openingCalls(): (readonly [sender: Address, call: Call])[] {
  const deposits = [
    ...BUYERS.map((buyer, k): [Address, bigint] => [buyer, [1500n, 700n, 30n][k] ?? 0n]),
    ...STAKERS.map((staker): [Address, bigint] => [staker, 300n]),
  ].map(([who, tokens]): [Address, bigint] => [who, tokens * TOKEN])
  const own = SELLERS.map((seller, k): [Address, bigint] => [seller, OWN[k % OWN.length] ?? 0n])
  const backed = SELLERS.filter((_, k) => k % OWN.length === 0 || k % OWN.length === 4)
  return [
    ...[...deposits, ...own]
      .filter(([, amount]) => amount > 0n)
      .map(([account, amount]) => [account, { op: 'deposit', account, amount }] as const),
    ...backed.map((account, k) => {
      const staker = STAKERS[k % STAKERS.length] ?? STRANGER
      const amount = 5n * TOKEN + BigInt(k)
      return [staker, { op: 'stakeOn', account, amount }] as const
    }),
  ]
}

/** Whose state is compared. */
export const watched = ({ treasury, vault }: Places): Address[] => [
  ...PEOPLE,
  ...PURSES,
  treasury,
  vault,
]

/** The market before anybody did anything. */
export const firstMarket = ({ treasury, vault, factory }: Places): Market => ({
  vault,
  treasury,
  factory,
  rules: FIRST_RULES,
  factoryListed: true,
  accounts: new Map(),
  jobs: new Map(),
  tokens: new Map(WALLETS),
  approvals: new Set(APPROVALS),
  news: [],
})
