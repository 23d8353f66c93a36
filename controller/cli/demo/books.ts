import { hexToBytes } from '../../../agent/wire/hash.ts'
import { CURRENCY, tokensText } from '../../../agent/wire/tokens.ts'
import { counted } from '../../../agent/wire/words.ts'
import type { Controller } from '../../driver.ts'
import type { ResultView } from '../show/document.ts'

/** What is not where it belongs once all is paid, in the smallest unit. */
export interface Leftovers {
  /** Held by contracts of jobs. */
  readonly inEscrows: bigint
  /** Collateral of the devices that is still locked. */
  readonly locked: bigint
}

/** A result with the vault's books in it. */
export interface ClosedBooks {
  readonly document: ResultView
  readonly leftovers?: Leftovers
}

/** Adds what the vault owes and what it has, once the contract has ended, and looks for what was left behind. */
export async function closeBooks(
  document: ResultView,
  { market, nodes }: Pick<Controller, 'market' | 'nodes'>,
): Promise<ClosedBooks> {
  if (!market || !document.market) return { document }
  const accounts = nodes().flatMap(({ address }) => (address ? [accountOf(address)] : []))
  const [{ inAccounts, inStakes, inEscrows, inVault }, locked] = await Promise.all([
    market.audit(),
    market.lockedOf(accounts),
  ])
  const books = {
    escrows: tokensText(inEscrows),
    owed: tokensText(inAccounts + inStakes + inEscrows),
    held: tokensText(inVault),
  }
  return {
    document: { ...document, market: { ...document.market, books } },
    leftovers: { inEscrows, locked },
  }
}

/** Says whether every seller has its collateral back, and whether a contract holds money still. */
export function leftoverFacts(
  { inEscrows, locked }: Leftovers,
  { sellers, slashed }: { readonly sellers: number; readonly slashed: string },
): [string, string][] {
  const back =
    locked > 0n
      ? `${tokensText(locked)} ${CURRENCY} still locked`
      : `returned to ${sellers === 1 ? 'its seller' : `all ${counted(sellers, 'seller')}`}${slashed === '0.0' ? '' : `, but for ${slashed} slashed`}`
  const escrow = inEscrows > 0n ? `${tokensText(inEscrows)} ${CURRENCY} left in it` : 'empty'
  return [
    ['collateral', back],
    ['escrow', escrow],
  ]
}

const accountOf = (address: string): Uint8Array => hexToBytes(address.replace(/^0x/, ''))
