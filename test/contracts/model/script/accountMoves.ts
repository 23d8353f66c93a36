import { TRESPASSES } from '../rules/calls.ts'
import { type Address, NOBODY } from '../rules/speech.ts'
import { accountOf, type Rules } from '../rules/state.ts'
import type { Move, Scene } from './scene.ts'
import { tamper } from './tamper.ts'
import { BUYERS, FIRST_RULES, PAUPER, PEOPLE, PURSES, SELLERS, STAKERS, TOKEN } from './world.ts'

/** What can be sent to the vault. */

type Maker = (scene: Scene) => Move

const deposit: Maker = ({ dice }) => {
  const sender = dice.chance(0.15) ? PAUPER : dice.pick([...BUYERS, ...SELLERS, ...STAKERS])
  const account = dice.chance(0.7) ? sender : dice.pick(PEOPLE)
  const amount = dice.chance(0.08) ? 100_000n * TOKEN : dice.amount(0n, 20n * TOKEN)
  return { call: { op: 'deposit', account, amount }, sender }
}

const withdraw: Maker = ({ dice, market, clock }) => {
  const account = dice.chance(0.03) ? market.treasury : dice.pick(PEOPLE)
  const { payout, nonce, free } = accountOf(market, account)
  const anywhere = dice.pick([account, dice.pick(PURSES), dice.chance(0.2) ? NOBODY : account])
  const to = payout && dice.chance(0.85) ? payout : anywhere
  const amount = dice.chance(0.1) ? free + 1n : dice.amount(0n, free)
  const deadline = clock.time + (dice.chance(0.1) ? 0 : dice.between(1, 100))
  const by = account === market.treasury ? dice.pick(PEOPLE) : account
  const used = dice.chance(0.05) ? nonce + 1 : nonce
  const message = { type: 'Withdraw', account, to, amount, nonce: used, deadline } as const
  const signature = tamper(dice, { by, message }, 0.06)
  const sender = dice.pick([account, payout ?? account, dice.pick(PEOPLE), dice.pick(PEOPLE)])
  return { call: { op: 'withdraw', account, to, amount, deadline, signature }, sender }
}

const register: Maker = ({ dice, market, clock }) => {
  const account = dice.pick([...SELLERS, ...BUYERS].slice(0, 6))
  const payout = dice.chance(0.06) ? NOBODY : dice.pick([...PURSES, account])
  const deadline = clock.time + (dice.chance(0.1) ? 0 : 100)
  const message = { type: 'Register', account, payout, deadline } as const
  const signature = tamper(dice, { by: account, message }, 0.06)
  const before = accountOf(market, account).payout
  const sender = before && dice.chance(0.6) ? before : dice.pick(PEOPLE)
  return { call: { op: 'register', account, payout, deadline, signature }, sender }
}

const stakeOn: Maker = ({ dice, market }) => {
  const sender = dice.pick([...STAKERS, ...STAKERS, dice.pick(PEOPLE)])
  const { free } = accountOf(market, sender)
  const amount = dice.chance(0.06) ? free + 1n : dice.amount(0n, free < TOKEN ? free : 8n * TOKEN)
  return { call: { op: 'stakeOn', account: dice.pick(SELLERS), amount }, sender }
}

/** One who has something behind an account, most often. */
function staked({ dice, market }: Scene): { account: Address; sender: Address } {
  const all = [...market.accounts].flatMap(([account, { stakes }]) =>
    [...stakes].map(([sender, { leavesAt }]) => ({ account, sender, leavesAt })),
  )
  const leaving = all.filter(({ leavesAt }) => leavesAt > 0)
  if (dice.chance(0.08) || all.length === 0)
    return { account: dice.pick(SELLERS), sender: dice.pick(PEOPLE) }
  return dice.pick(leaving.length > 0 && dice.chance(0.7) ? leaving : all)
}

const requestUnstake: Maker = (scene) => {
  const { account, sender } = staked(scene)
  return { call: { op: 'requestUnstake', account }, sender }
}

const unstake: Maker = (scene) => {
  const { account, sender } = staked(scene)
  const leavesAt = accountOf(scene.market, account).stakes.get(sender)?.leavesAt ?? 0
  // Waiting for it would make other jobs late.
  const call = { op: 'unstake', account } as const
  return scene.dice.chance(0.3) ? { call, sender, time: leavesAt } : { call, sender }
}

const setRules: Maker = ({ dice, market }) => {
  const rules = dice.pick<Rules>([
    { ...FIRST_RULES, feeBps: dice.pick([0, 1, 100, 101]) },
    { ...FIRST_RULES, leastWindow: dice.pick([9, 15, 86_401]) },
    { ...FIRST_RULES, mostWindow: dice.pick([3600, 2_592_001]) },
    { ...FIRST_RULES, stakeDelay: dice.pick([0, 30, 2_592_001]) },
  ])
  const sender = dice.chance(0.85) ? market.treasury : dice.pick(PEOPLE)
  return { call: { op: 'setRules', rules }, sender }
}

const setFactory: Maker = ({ dice, market }) => ({
  call: { op: 'setFactory', listed: !market.factoryListed },
  sender: dice.chance(0.85) ? market.treasury : dice.pick(PEOPLE),
})

const release: Maker = ({ dice, market }) => {
  const job = dice.pick([...market.jobs.keys(), PURSES[0] ?? NOBODY])
  return { call: { op: 'release', account: dice.pick(SELLERS), job } }
}

const trespass: Maker = ({ dice }) => ({ call: { op: 'trespass', as: dice.pick(TRESPASSES) } })

/** Something that has to do with no job in particular. */
export const accountMove = (scene: Scene): Move =>
  scene.dice.weighted<Maker>([
    [3, deposit],
    [4, withdraw],
    [3, register],
    [4, stakeOn],
    [3, requestUnstake],
    [4, unstake],
    [1, setRules],
    // Without a factory there is no order.
    [scene.market.factoryListed ? 0.3 : 8, setFactory],
    [0.5, release],
    [1.2, trespass],
  ])(scene)
