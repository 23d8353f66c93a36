import { TRESPASSES } from '../rules/calls.ts'
import { type Address, NOBODY } from '../rules/speech.ts'
import { accountOf, type Rules } from '../rules/state.ts'
import type { Move, Scene } from './scene.ts'
import { tamper } from './tamper.ts'
import { BUYERS, FIRST_RULES, PAUPER, PEOPLE, PURSES, SELLERS, STAKERS, TOKEN } from './world.ts'

/** What can be sent to the vault. */

type Maker = (scene: Scene) => Move

const REGISTERING = [...SELLERS.slice(1, 5), ...BUYERS.slice(0, 1)]

const deposit: Maker = ({ dice }) => {
  const sender = dice.chance(0.15) ? PAUPER : dice.pick([...BUYERS, ...SELLERS, ...STAKERS])
  const account = dice.chance(0.7) ? sender : dice.pick(PEOPLE)
  const amount = dice.chance(0.08) ? 100_000n * TOKEN : dice.amount(0n, 20n * TOKEN)
  return { call: { op: 'deposit', account, amount }, sender }
}

/** Somebody, most often one who has named a payout address. */
function withdrawer({ dice, market }: Scene): Address {
  const named = REGISTERING.filter((each) => accountOf(market, each).payout !== undefined)
  return dice.pick(named.length > 0 && dice.chance(0.7) ? named : PEOPLE)
}

const withdraw: Maker = (scene) => {
  const { dice, market, clock } = scene
  const account = dice.chance(0.03) ? market.treasury : withdrawer(scene)
  const { payout, nonce, free } = accountOf(market, account)
  const anywhere = dice.pick([account, dice.pick(PURSES), dice.chance(0.2) ? NOBODY : account])
  const to = payout && dice.chance(0.4) ? payout : anywhere
  const amount = dice.chance(0.1) ? free + 1n : dice.amount(0n, free)
  const deadline = clock.time + (dice.chance(0.1) ? 0 : dice.between(1, 100))
  const by = account === market.treasury ? dice.pick(PEOPLE) : account
  const used = dice.chance(0.05) ? nonce + 1 : nonce
  const message = { type: 'Withdraw', account, to, amount, nonce: used, deadline } as const
  const signature = tamper(dice, { by, message }, 0.12)
  const sender = dice.pick([account, payout ?? account, dice.pick(PEOPLE), dice.pick(PEOPLE)])
  return { call: { op: 'withdraw', account, to, amount, deadline, signature }, sender }
}

const register: Maker = ({ dice, market, clock }) => {
  const account = dice.pick(REGISTERING)
  const payout = dice.chance(0.1) ? NOBODY : dice.pick([...PURSES, account])
  const deadline = clock.time + (dice.chance(0.1) ? 0 : 100)
  const message = { type: 'Register', account, payout, deadline } as const
  const signature = tamper(dice, { by: account, message }, 0.12)
  const before = accountOf(market, account).payout
  const sender = before && dice.chance(0.6) ? before : dice.pick(PEOPLE)
  return { call: { op: 'register', account, payout, deadline, signature }, sender }
}

const stakeOn: Maker = ({ dice, market }) => {
  const sender = dice.pick([...STAKERS, ...STAKERS, dice.pick(PEOPLE)])
  const { free } = accountOf(market, sender)
  const amount = dice.chance(0.06) ? free + 1n : dice.amount(0n, free < TOKEN ? free : 8n * TOKEN)
  // Who comes after a total loss starts anew.
  const emptied = SELLERS.filter((seller) => accountOf(market, seller).pool.era > 0)
  const account = dice.pick(emptied.length > 0 && dice.chance(0.5) ? emptied : SELLERS)
  return { call: { op: 'stakeOn', account, amount }, sender }
}

interface Staked {
  readonly account: Address
  readonly sender: Address
  readonly leavesAt: number
}

const stakers = ({ market }: Scene): Staked[] =>
  [...market.accounts].flatMap(([account, { stakes }]) =>
    [...stakes].map(([sender, { leavesAt }]) => ({ account, sender, leavesAt })),
  )
const leavers = (scene: Scene): Staked[] => stakers(scene).filter(({ leavesAt }) => leavesAt > 0)

/** One of a list, rarely somebody who has nothing behind anybody. */
function oneOf({ dice }: Scene, list: readonly Staked[]): Staked {
  if (dice.chance(0.08) || list.length === 0)
    return { account: dice.pick(SELLERS), sender: dice.pick(PEOPLE), leavesAt: 0 }
  return dice.pick(list)
}

const requestUnstake: Maker = (scene) => {
  const all = stakers(scene)
  const working = all.filter(({ account }) => accountOf(scene.market, account).pool.locked > 0n)
  const { account, sender } = oneOf(scene, working.length > 0 ? working : all)
  return { call: { op: 'requestUnstake', account }, sender }
}

const unstake: Maker = (scene) => {
  const all = leavers(scene)
  const working = all.filter(({ account }) => accountOf(scene.market, account).pool.locked > 0n)
  const { account, sender, leavesAt } = oneOf(scene, working.length > 0 ? working : all)
  const call = { op: 'unstake', account } as const
  // To wait for it makes jobs late, so not always.
  return scene.dice.chance(0.4) ? { call, sender, time: leavesAt } : { call, sender }
}

const setRules: Maker = ({ dice, market }) => {
  const rules = dice.pick<Rules>([
    { ...FIRST_RULES, feeBps: dice.pick([0, 1, 100, 101]) },
    { ...FIRST_RULES, leastWindow: dice.pick([9, 15, 86_401]) },
    { ...FIRST_RULES, mostWindow: dice.pick([3600, 2_592_001]) },
    { ...FIRST_RULES, stakeDelay: dice.pick([0, 30, 30, 2_592_001]) },
  ])
  const sender = dice.chance(0.7) ? market.treasury : dice.pick(PEOPLE)
  return { call: { op: 'setRules', rules }, sender }
}

const setFactory: Maker = ({ dice, market }) => ({
  call: { op: 'setFactory', listed: !market.factoryListed },
  sender: dice.chance(0.7) ? market.treasury : dice.pick(PEOPLE),
})

const release: Maker = ({ dice, market }) => {
  const job = dice.pick([...market.jobs.keys(), PURSES[0] ?? NOBODY])
  return { call: { op: 'release', account: dice.pick(SELLERS), job } }
}

const trespass: Maker = ({ dice }) => ({ call: { op: 'trespass', as: dice.pick(TRESPASSES) } })

/** Something that has to do with no job in particular. */
export function accountMove(scene: Scene): Move {
  const leaving = leavers(scene).length > 0
  return scene.dice.weighted<Maker>([
    [3, deposit],
    [4, withdraw],
    [4, register],
    [4, stakeOn],
    [3, requestUnstake],
    [leaving ? 5 : 0.5, unstake],
    [1, setRules],
    // Without a factory there is no order.
    [scene.market.factoryListed ? 0.6 : 15, setFactory],
    [0.3, release],
    [1.5, trespass],
  ])(scene)
}
