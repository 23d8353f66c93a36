import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { encodeFunctionData, getAddress } from 'viem'
import { hyperToken } from '../../../../controller/abi/hyperToken.ts'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { askAnvil } from '../../../../controller/io/chain/anvil.ts'
import { actor } from '../../../chain/stage.ts'
import { openTypingStage } from '../../../chain/typing.ts'
import { typed } from '../shell/recorder.ts'

const stage = await openTypingStage(t)
const { type, json, client, at } = stage
const [ann, ben] = [await stage.person('ann'), await stage.person('ben')]
const device = await stage.person('device')
const give = (to: `0x${string}`, tokens: bigint) =>
  stage.send(
    at.token,
    encodeFunctionData({
      abi: hyperToken.abi,
      functionName: 'transfer',
      args: [to, tokens * 10n ** 18n],
    }),
  )
const sentBy = (address: `0x${string}`) => client.getTransactionCount({ address })

t.test('deposits in one transaction, exactly, for oneself or somebody else', async (t) => {
  await give(ann.address, 100n)
  const before = await sentBy(ann.address)
  const { code, out, err } = await type('market deposit 1.000000000000000001', ann)
  t.equal(code, 0, err)
  t.equal(await sentBy(ann.address), before + 1)
  const address = getAddress(ann.address)
  t.equal(out, `1.000000000000000001 HYPER of ${address} are in the account ${address}\n`)
  t.match(err, /^sent 0x[0-9a-f]{64}, waiting for a block\n$/)
  t.match(await json(`market deposit 2.5 --for ${ben.address}`, ann), {
    account: getAddress(ben.address),
    from: address,
    amount: '2.5',
    transaction: /^0x[0-9a-f]{64}$/,
  })
  t.match(await json(`market balance ${ann.address}`), {
    free: '1.000000000000000001',
    locked: '0.0',
    active: null,
    payout: null,
    outside: '96.499999999999999999',
    votes: '0.0',
  })
  t.match(await json('market balance', ben), { address: getAddress(ben.address), free: '2.5' })
  const text = (await type(`market balance ${ann.address}`)).out
  t.match(text, /\nfree +1\.000000000000000001 HYPER\n/)
  t.match(text, /\nvotes +0\.0 \(nothing is delegated: hypernet market delegate\)\n/)
})

t.test('gas that costs more than is allowed is not paid', async (t) => {
  await askAnvil(client, 'anvil_setNextBlockBaseFeePerGas', '0x77359400')
  await askAnvil(client, 'anvil_mine', '0x1')
  const before = await sentBy(ann.address)
  const dear = await type('market deposit 1 --max-fee-gwei 0.25', ann)
  t.equal(dear.code, 1)
  t.match(dear.err, /costs 2\.000 gwei now .* at most 0\.250 gwei may be paid; try later/)
  const wrong = await type('market deposit 1 --max-fee-gwei 0', ann)
  t.equal(wrong.code, 2)
  t.match(wrong.err, /--max-fee-gwei: found "0", wanted a number from 0\.001 to 1000000\./)
  t.equal(await sentBy(ann.address), before)
})

t.test('amounts and addresses that are none are refused before anything is asked', async (t) => {
  const cases: [string, RegExp][] = [
    ['deposit 1,5', /AMOUNT: found "1,5", wanted an amount such as 1 or 0\.25\./],
    ['deposit -1', /amounts are positive/],
    ['deposit 1e3', /AMOUNT: found "1e3"/],
    ['deposit 0', /AMOUNT: found "0", wanted more than 0\./],
    [
      'deposit 0.0000000000000000001',
      /AMOUNT: found 19 digits after the point, wanted at most 18\./,
    ],
    ['deposit 100000001', /but there are 100000000 HYPER in all\./],
    [`deposit 1 --key ${'ab'.repeat(32)}`, /unknown option "--key"\. Did you mean "--key-file"\?/],
    [`deposit 1 --key-file ${'ab'.repeat(32)}`, /looks like a key .* the path of a file is wanted/],
    [
      `deposit 1 --for 0x${'ab'.repeat(32)}`,
      /--for: found 64 digits, as a key has, wanted an address/,
    ],
    ['deposit 1 --for 0x12', /--for: found "0x12", wanted an address: 0x and 40 hexadecimal/],
    [`balance 0x${'0'.repeat(40)}`, /ADDRESS: .*, wanted an address that somebody has the key of/],
    [
      'balance 0x70997970C51812dc3A010C7d01b50e0d17dc79c8',
      /whose upper and lower case fit \(ERC-55\); a digit is wrong/,
    ],
    ['withdraw', /AMOUNT is missing/],
    ['stake 0x12 1', /ACCOUNT: found "0x12"/],
    ['reputation', /ADDRESS is missing/],
    ['orders --rpc ftp://a', /--rpc was given twice/],
  ]
  const block = await client.getBlockNumber()
  for (const [words, wanted] of cases) {
    const { code, err } = await type(`market ${words}`, ann)
    t.equal(code, 2, words)
    t.match(err, wanted, words)
  }
  t.equal(await client.getBlockNumber(), block)
})

t.test('who has too little is told what there is; nothing is spent', async (t) => {
  const before = await sentBy(ann.address)
  const poor = await type('market deposit 1000', ann)
  t.equal(poor.code, 1)
  t.match(
    poor.err,
    /has 96\.4\d+ HYPER outside of the market, wanted 1000\.0\. Nothing was sent\n$/,
  )
  const locked = await type('market withdraw 50', ann)
  t.equal(locked.code, 1)
  t.match(
    locked.err,
    /has 1\.000000000000000001 HYPER free, wanted 50\.0 HYPER; deposit more\. Nothing was sent\n$/,
  )
  t.equal(await sentBy(ann.address), before)
  const broke = await type('market withdraw 1', actor('without coins'))
  t.equal(broke.code, 1)
  t.match(broke.err, /has 0\.0 HYPER free/)
  const deposit = await type(`market delegate`, actor('without coins'))
  t.equal(deposit.code, 1)
  t.match(deposit.err, /has 0 coins on chain 31337, wanted 0\.\d+ for gas; send it some/)
})

t.test('withdraws to oneself, or elsewhere, or where the payout address says', async (t) => {
  await type(`market deposit 10 --for ${device.address}`)
  t.match(await json('market withdraw 1', device), {
    account: getAddress(device.address),
    to: getAddress(device.address),
    amount: '1.0',
  })
  t.match(await json(`market withdraw 1 --to ${ben.address}`, device), {
    to: getAddress(ben.address),
  })
  const early = await type(`market register ${ben.address} --account ${device.address}`, ann)
  t.equal(early.code, 1)
  t.match(early.err, /no payout address yet, and only its own key can name the first one/)
  t.match(await json(`market register ${ben.address}`, device), {
    account: getAddress(device.address),
    payout: getAddress(ben.address),
  })
  const stolen = await type(`market withdraw 1 --to ${ann.address}`, device)
  t.equal(stolen.code, 1)
  t.match(stolen.err, /money of this account goes to 0x\w{40} only/)
  t.match(await json('market withdraw 1', device), { to: getAddress(ben.address) })
  t.match(await json(`market withdraw 2 --account ${device.address}`, ben), {
    account: getAddress(device.address),
    to: getAddress(ben.address),
    amount: '2.0',
  })
  const other = await type(`market withdraw 2 --account ${device.address}`, ann)
  t.equal(other.code, 1)
  t.match(other.err, /pays out to 0x\w{40}, found the key of 0x\w{40}/)
  const again = await type(`market register ${ann.address}`, device)
  t.equal(again.code, 1)
  t.match(again.err, /let that address name another one first\. Nothing was sent/)
  t.match(await json(`market register ${ann.address} --account ${device.address}`, ben), {
    payout: getAddress(ann.address),
  })
  t.match(await json(`market balance ${device.address}`), {
    free: '5.0',
    payout: getAddress(ann.address),
  })
})

t.test('stakes, and takes a stake back when its time has come', async (t) => {
  await type(`market deposit 20 --for ${ann.address}`)
  t.match(await json(`market stake ${device.address} 12.5`, ann), { amount: '12.5' })
  t.match(await json(`market balance ${device.address}`), {
    backing: { total: '12.5', locked: '0.0' },
  })
  const soon = await type(`market unstake ${device.address} --finish`, ann)
  t.equal(soon.code, 1)
  t.match(soon.err, /has not asked for it yet/)
  const asked = await json(`market unstake ${device.address}`, ann)
  t.equal(asked.amount, '12.5')
  const leavesAt = Date.parse(String(asked.leavesAt)) / 1000
  const { timestamp } = await client.getBlock()
  t.equal(leavesAt, Number(timestamp) + 7 * 86_400)
  const early = await type(`market unstake ${device.address} --finish`, ann)
  t.equal(early.code, 1)
  t.match(early.err, `the stake may leave from ${new Date(leavesAt * 1000).toISOString()} on`)
  await stage.moveTo(leavesAt)
  t.match(await json(`market unstake ${device.address} --finish`, ann), { amount: '12.5' })
  t.match(await json(`market balance ${device.address}`), { backing: { total: '0.0' } })
  const none = await type(`market unstake ${device.address}`, ann)
  t.equal(none.code, 1)
})

t.test('scores of somebody who did nothing are zero', async (t) => {
  t.strictSame(await json(`market reputation ${ann.address}`), {
    address: getAddress(ann.address),
    seller: { ok: 0, bad: 0 },
    buyer: { completed: 0, stopped: 0, abandoned: 0 },
  })
  t.match((await type(`market reputation ${ann.address}`)).out, /as a seller +0 checkpoints paid/)
})

t.test('a market that is not there, or another one, is told with exit 3 or 1', async (t) => {
  const { cwd, file } = stage
  const go = (words: string) => typed(COMMANDS, words.split(' '), { cwd })
  const lost = await go(`market orders --rpc http://127.0.0.1:1/v2/SECRET --deployment ${file}`)
  t.equal(lost.code, 3)
  t.match(lost.err, /no chain answers at http:\/\/127\.0\.0\.1:1; check chain\.rpc or --rpc/)
  t.notMatch(lost.err, 'SECRET', 'addresses may hold keys')
  writeFileSync(join(cwd, 'other.json'), JSON.stringify({ ...at, chainId: 5 }))
  const other = await go(`market orders --rpc ${stage.anvil.url} --deployment other.json`)
  t.equal(other.code, 3)
  t.match(other.err, /has the id 31337, wanted 5/)
  writeFileSync(join(cwd, 'wrong.json'), JSON.stringify({ ...at, vault: at.token }))
  const wrong = await go(`market deposit 1 --rpc ${stage.anvil.url} --deployment wrong.json`)
  t.equal(wrong.code, 1)
  t.match(wrong.err, /another contract than ours stands at .* Nothing was sent/)
  const none = await go(`market orders --rpc ${stage.anvil.url}`)
  t.equal(none.code, 2)
  t.match(none.err, /no file .*contracts\/deployments\/31337\.json that says where/)
})

t.test('what answers but is no chain is told as such', async (t) => {
  const answers: [string, RegExp][] = [
    ['<html>welcome</html>', /no chain answers at http:\/\/127\.0\.0\.1:\d+;/],
    ['{"jsonrpc":"2.0","id":1,"result":"hello"}', /is no chain: it does not tell a chain id/],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}', /is no chain/],
  ]
  for (const [answer, wanted] of answers) {
    const server = createServer((_, response) => response.end(answer)).listen(0)
    t.teardown(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on a port
    const words = `chain status --rpc http://127.0.0.1:${port}`
    const { code, err } = await typed(COMMANDS, words.split(' '), { cwd: stage.cwd })
    t.equal(code, 3, answer)
    t.match(err, wanted, answer)
  }
})

t.test('controller.yaml says where the market is', async (t) => {
  const { cwd, anvil } = stage
  const write = (text: string) => writeFileSync(join(cwd, 'c.yaml'), `fleet: lab\n${text}`)
  const go = () => typed(COMMANDS, 'market orders -c c.yaml'.split(' '), { cwd })
  write(`chain: { rpc: ["${anvil.url}"], deployment: market.json, relayKey: { file: k } }\n`)
  t.strictSame(await go(), { code: 0, out: 'no orders\n', err: '' })
  write('chain: { embedded: true }\n')
  const embedded = await go()
  t.equal(embedded.code, 3)
  t.match(embedded.err, /no controller answers at .*Start it with: hypernet up/)
  write('')
  const unpaid = await go()
  t.equal(unpaid.code, 2)
  t.match(unpaid.err, /c\.yaml names no chain; add chain to it, or give --rpc URL/)
})
