import t from 'tap'
import { encodeDeployData, encodeFunctionData, getAddress, type Hex } from 'viem'
import { hyperToken } from '../../../../controller/abi/hyperToken.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { jobFactory } from '../../../../controller/abi/jobFactory.ts'
import { openTypingStage } from '../../../chain/typing.ts'

const stage = await openTypingStage(t)
const { type, json, client, at } = stage
const [ann, eve] = [await stage.person('ann'), await stage.person('eve')]
const rules = () =>
  client.readContract({ address: at.vault, abi: hyperVault.abi, functionName: 'rules' })
const seconds = (time: unknown) => Date.parse(String(time)) / 1000
await stage.send(
  at.token,
  encodeFunctionData({
    abi: hyperToken.abi,
    functionName: 'transfer',
    args: [ann.address, 6_000_000n * 10n ** 18n],
  }),
)

t.test('a fee is changed by a vote, from the proposal to its execution', async (t) => {
  const undelegated = await type('market propose --fee-bps 25 --title Halve', ann)
  t.equal(undelegated.code, 1)
  t.match(
    undelegated.err,
    /has 0\.0 votes, wanted 1000\.0 to propose; it holds 6000000\.0 HYPER outside of the market, and votes count only once they are delegated: hypernet market delegate\. Nothing was sent\n$/,
  )
  t.match(await json('market delegate', ann), { delegate: getAddress(ann.address) })
  t.match(await json(`market balance ${ann.address}`), { votes: '6000000.0' })
  // Votes count from the second after they were delegated.
  await stage.moveTo((await stage.now()) + 12)
  const proposed = await json('market propose --fee-bps 25 --title Halve', ann)
  const id = String(proposed.id)
  t.match(id, /^\d{70,78}$/)
  const [listed] = (await json('market proposals')) as unknown as [Record<string, unknown>]
  t.match(listed, {
    id,
    state: 'pending',
    title: 'Halve',
    proposer: getAddress(ann.address),
    measures: ['fee 25 hundredths of a percent, windows 10 to 604800 s, stakes held 604800 s'],
  })

  const early = await type(`market vote ${id} for`, ann)
  t.equal(early.code, 1)
  t.match(early.err, /votes are taken from 2\d{3}-.*Z on; try then\. Nothing was sent/)
  await stage.moveTo(seconds(proposed.voteStart) + 1)
  const empty = await type(`market vote ${id} against`, eve)
  t.equal(empty.code, 1)
  t.match(empty.err, /had 0 votes at .*, when the vote began; .* hypernet market delegate/)
  t.match(await json(`market vote ${id} for`, ann), { choice: 'for', votes: '6000000.0' })
  const twice = await type(`market vote ${id} against`, ann)
  t.equal(twice.code, 1)
  t.match(twice.err, /has voted on this proposal already/)
  t.match((await type(`market queue ${id}`, ann)).err, /votes are taken until .*; queue it then/)
  t.match((await type(`market execute ${id}`, ann)).err, /the proposal is active; only a queued/)

  await stage.moveTo(seconds(proposed.voteEnd) + 1)
  t.match((await type(`market vote ${id} for`, eve)).err, /votes were taken until .*: .* succeeded/)
  t.match((await type(`market execute ${id}`, eve)).err, /has won, but is not queued; queue it/)
  const queued = await json(`market queue ${id}`, eve)
  t.equal(queued.state, 'queued')
  t.match((await type(`market queue ${id}`, eve)).err, /the proposal is queued already; execute/)
  const waits = await type(`market execute ${id}`, eve)
  t.equal(waits.code, 1)
  t.match(waits.err, /can be executed from 2\d{3}-.*Z on; try then\. Nothing was sent/)
  await stage.moveTo(seconds(queued.executableAt))
  t.equal((await rules()).feeBps, 50)
  t.match(await json(`market execute ${id}`, eve), { state: 'executed' })
  t.strictSame(await rules(), {
    feeBps: 25,
    leastWindow: 10,
    mostWindow: 604_800,
    stakeDelay: 604_800,
  })
  t.match((await type('market proposals')).out, /\nstate +executed\n/)
  t.match(
    (await type('market proposals')).out,
    /\nvotes +6000000\.0 for, 0\.0 against, 0\.0 abstain\n/,
  )
})

t.test('a proposal that is outvoted cannot be queued', async (t) => {
  const { id, voteStart, voteEnd } = await json(
    `market propose --factory ${at.factory} --unlist --stake-delay 60 --title Close`,
    ann,
  )
  await stage.moveTo(seconds(voteStart) + 1)
  await json(`market vote ${id} against`, ann)
  await stage.moveTo(seconds(voteEnd) + 1)
  const { code, err } = await type(`market queue ${id}`, ann)
  t.equal(code, 1)
  t.match(err, /the proposal is defeated; only one that has won can be queued/)
  const listed = (await json('market proposals')) as unknown as Record<string, unknown>[]
  t.match(listed[1], {
    state: 'defeated',
    measures: [
      'fee 25 hundredths of a percent, windows 10 to 604800 s, stakes held 60 s',
      `take off the factory ${getAddress(at.factory)}`,
    ],
  })
})

t.test('what no vote may do is refused before it is proposed', async (t) => {
  const foreign = await factoryOf(`0x2${'a'.repeat(39)}`)
  const cases: [string, number, RegExp][] = [
    [
      'propose --fee-bps 101 --title A',
      2,
      /--fee-bps: found "101", wanted a whole number from 0 to/,
    ],
    ['propose --least-window 9 --title A', 2, /--least-window: found "9", wanted .* from 10 to/],
    ['propose --least-window 900000 --title A', 2, /windows from 900000 s to 604800 s are none/],
    ['propose --title A', 2, /nothing is proposed: give --fee-bps/],
    ['propose --fee-bps 1', 2, /--title TEXT is missing/],
    ['propose --fee-bps 1 --title A#proposer=0x1', 2, /names a proposer itself/],
    ['propose --fee-bps 1 --unlist --title A', 2, /--unlist takes a factory off: name it/],
    [
      `propose --factory 0x${'12'.repeat(20)} --title A`,
      1,
      /no contract stands at 0x1212.*, wanted a factory of this market: a contract that names the vault 0x/,
    ],
    [`propose --factory ${at.token} --title A`, 1, /the contract at 0x.* has no VAULT\(\), wanted/],
    [
      `propose --factory ${foreign} --title A`,
      1,
      /the factory 0x.* is of the vault 0x2a{39}, wanted .* VAULT\(\), as JobFactory does\. Nothing was sent/i,
    ],
    [`propose --factory ${at.token} --unlist --title A`, 1, /is on no list of factories/],
    ['vote 12 for', 2, /no proposal 12\. See: hypernet market proposals/],
    ['vote abc for', 2, /ID: found "abc", wanted the number that hypernet market propose/],
    ['vote 12 maybe', 2, /CHOICE: found "maybe", wanted for or against or abstain/],
  ]
  for (const [words, exit, wanted] of cases) {
    const { code, err } = await type(`market ${words}`, ann)
    t.equal(code, exit, words)
    t.match(err, wanted, words)
  }
})

/** Deploys a factory of jobs for a vault. */
async function factoryOf(vault: Hex): Promise<Hex> {
  const { abi, bytecode } = jobFactory
  const data = encodeDeployData({ abi, bytecode, args: [vault, at.escrow] })
  const { contractAddress } = await stage.send(undefined, data)
  if (!contractAddress) throw new Error('no contract was made')
  return contractAddress
}
