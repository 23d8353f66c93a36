import { demand } from './failure.ts'
import { tell } from './news.ts'
import { type Address, type Message, NOBODY, type Signature, signerOf } from './speech.ts'
import { credit, debit } from './stakes.ts'
import { accountOf, type Market, type Rules, type Setting } from './state.ts'

/** Money in and out of the vault, and what governance sets. */

const DAY = 86_400

/** Moves tokens between wallets. @throws Failure */
function transfer(market: Market, from: Address, to: Address, amount: bigint): void {
  demand(to !== NOBODY, 'ERC20InvalidReceiver')
  const balance = market.tokens.get(from) ?? 0n
  demand(balance >= amount, 'ERC20InsufficientBalance')
  market.tokens.set(from, balance - amount)
  market.tokens.set(to, (market.tokens.get(to) ?? 0n) + amount)
}

/** Moves tokens of the sender's wallet into an account. */
export function deposit(market: Market, at: Setting, account: Address, amount: bigint): void {
  demand(amount > 0n, 'HyperVaultNothing')
  demand(market.approvals.has(at.sender), 'ERC20InsufficientAllowance')
  transfer(market, at.sender, market.vault, amount)
  credit(market, account, amount)
  tell(market, 'Deposited', { account, from: at.sender, amount })
}

function demandSigned(at: Setting, who: Address, message: Message, signature: Signature): void {
  if ('deadline' in message) demand(at.time <= message.deadline, 'HyperVaultLate')
  demand(signerOf(signature, message) === who, 'HyperVaultBadSignature')
}

export interface Withdrawal {
  readonly account: Address
  readonly to: Address
  readonly amount: bigint
  readonly deadline: number
  readonly signature: Signature
}

/** Moves free tokens of an account to a wallet: its payout address, where it has one. */
export function withdraw(market: Market, at: Setting, call: Withdrawal): void {
  const { account: owner, to, amount, deadline, signature } = call
  const account = accountOf(market, owner)
  if (at.sender !== owner && at.sender !== account.payout) {
    const { nonce } = account
    demandSigned(
      at,
      owner,
      { type: 'Withdraw', account: owner, to, amount, nonce, deadline },
      signature,
    )
    account.nonce += 1
  }
  demand(account.payout === undefined || to === account.payout, 'HyperVaultPayoutSet')
  debit(market, owner, amount)
  transfer(market, market.vault, to, amount)
  tell(market, 'Withdrawn', { account: owner, to, amount })
}

export interface Registration {
  readonly account: Address
  readonly payout: Address
  readonly deadline: number
  readonly signature: Signature
}

/** Names the address that an account's tokens go to: first by the account's word, then by that address alone. */
export function register(market: Market, at: Setting, call: Registration): void {
  const { account: owner, payout, deadline, signature } = call
  demand(payout !== NOBODY, 'HyperVaultNoPayout')
  const account = accountOf(market, owner)
  if (account.payout === undefined)
    demandSigned(at, owner, { type: 'Register', account: owner, payout, deadline }, signature)
  else demand(at.sender === account.payout, 'HyperVaultPayoutSet')
  account.payout = payout
  tell(market, 'Registered', { account: owner, payout })
}

/** Sets the rules of jobs to come. */
export function setRules(market: Market, at: Setting, rules: Rules): void {
  demand(at.sender === market.treasury, 'HyperVaultNotGovernance')
  const { feeBps, leastWindow, mostWindow, stakeDelay } = rules
  const fits =
    feeBps <= 100 &&
    leastWindow >= 10 &&
    leastWindow <= mostWindow &&
    mostWindow <= 30 * DAY &&
    stakeDelay <= 30 * DAY
  demand(fits, 'HyperVaultRulesOutOfBounds')
  market.rules = rules
  tell(market, 'RulesSet', { feeBps, leastWindow, mostWindow, stakeDelay })
}

/** Lists the factory, or takes it off. */
export function listFactory(market: Market, at: Setting, listed: boolean): void {
  demand(at.sender === market.treasury, 'HyperVaultNotGovernance')
  market.factoryListed = listed
  tell(market, 'FactorySet', { factory: market.factory, listed })
}
