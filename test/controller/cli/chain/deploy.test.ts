import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { encodeFunctionData, type Hex, toHex } from 'viem'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { hyperToken } from '../../../../controller/abi/hyperToken.ts'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { askAnvil, DEV_CHAIN, startAnvil } from '../../../../controller/io/chain/anvil.ts'
import { openClient } from '../../../../controller/io/chain/client.ts'
import { DEV_PLAN, deploySteps, PUBLIC_PLAN } from '../../../../controller/io/chain/deploy.ts'
import { MEASURED_GAS, planDeployment } from '../../../../controller/io/chain/deployer.ts'
import { devKey } from '../../../../controller/io/chain/devKeys.ts'
import { openWallet } from '../../../../controller/io/chain/wallet.ts'
import { wiringFaults } from '../../../../controller/io/chain/wiring.ts'
import { actor } from '../../../chain/stage.ts'
import { typed } from '../shell/recorder.ts'

const keyText = (name: string): Hex => hexOf(actor(name).privateKey)

/** A bare chain, and a folder to deploy from. */
async function site(t: Test, chainId = DEV_CHAIN) {
  const anvil = await startAnvil({ chainId })
  t.teardown(() => anvil.stop())
  const client = openClient(chainId, [anvil.url], { pollMs: 10 })
  const cwd = t.testdir({})
  const enrich = (address: Hex) => askAnvil(client, 'anvil_setBalance', address, toHex(10n ** 18n))
  const deploy = (words: string[] = [], look: { answer?: string; key?: string } = {}) =>
    typed(COMMANDS, ['chain', 'deploy', '--rpc', anvil.url, ...words], {
      cwd,
      env: look.key === undefined ? {} : { HYPERNET_CHAIN_KEY: look.key },
      stdin: Readable.from(look.answer === undefined ? [] : [`${look.answer}\n`]),
    })
  return {
    anvil,
    client,
    cwd,
    enrich,
    deploy,
    file: join(cwd, `contracts/deployments/${chainId}.json`),
  }
}

t.test('deploys after it was told yes, with rules of public chains, and once only', async (t) => {
  const { client, cwd, enrich, deploy, file, anvil } = await site(t, 4242)
  const deployer = actor('deployer')
  await enrich(deployer.address)
  const key = keyText('deployer')
  const refused = await deploy([], { key, answer: 'n' })
  t.equal(refused.code, 1)
  t.match(refused.err, /Deploy\? \[y\/N\] not deployed, nothing was sent/)
  t.match(refused.out, /chain +4242 at http:\/\/127\.0\.0\.1:\d+\n/)
  t.match(refused.out, /6 {2}create HyperVault +\d+ {2}to do\n/)
  t.match(refused.out, /In all about \d+ gas, at most 0\.\d+ coins\./)
  t.match(refused.out, /the fee +0\.5 % of what sellers are paid now; at most 1 %/)
  t.match(refused.out, /A proposal needs 1000\.0 HYPER,\nis voted on after 1 d for 7 d/)
  t.equal((await deploy([], { key })).code, 1, 'an empty stdin is no')
  t.equal(await client.getTransactionCount({ address: deployer.address }), 0)
  t.notOk(existsSync(file))

  const done = await deploy([], { key, answer: 'y' })
  t.equal(done.code, 0, done.err)
  t.match(done.out, /vault +0x[0-9a-fA-F]{40}\n/)
  t.match(done.out, /deployed with \d+ gas; .*4242\.json says where\n$/)
  t.notMatch(done.out + done.err, key.slice(2), 'the key is not told')
  const deployment = JSON.parse(readFileSync(file, 'utf8'))
  t.equal(deployment.chainId, 4242)
  t.strictSame(await wiringFaults(client, deployment, deployer.address), [])

  const again = await deploy(['--yes', '--json'], { key })
  t.equal(again.code, 0)
  t.strictSame(JSON.parse(again.out), { deployment, gas: '0', file })
  const status = await typed(COMMANDS, ['chain', 'status', '--rpc', anvil.url], { cwd })
  t.equal(status.code, 0, status.out)
  t.match(status.out, /window +2 min to 7 d\n/)
})

t.test('goes on with a deployment that was interrupted after any step', async (t) => {
  const { client, deploy, file, cwd } = await site(t)
  const key = devKey()
  const wallet = openWallet(client, key)
  // An account that has done other things before.
  await wallet.send({ to: wallet.address, data: '0x' })
  const { steps, at } = deploySteps(wallet.address, 1, DEV_PLAN)
  const snapshot = () => askAnvil(client, 'evm_snapshot')
  const revert = (id: unknown) => askAnvil(client, 'evm_revert', id)
  for (let done = 0; done <= steps.length; done++) {
    const plan = await planDeployment(client, wallet, DEV_PLAN)
    t.strictSame(plan.at, at, `${done} steps`)
    t.equal(plan.steps.filter(({ isDone }) => isDone).length, done)
    const here = await snapshot()
    const { code, err } = await deploy(['--yes', '--out', `${done}.json`])
    t.equal(code, 0, err)
    t.match(JSON.parse(readFileSync(join(cwd, `${done}.json`), 'utf8')), at)
    const sent = await client.getTransactionCount({ address: wallet.address })
    t.equal(sent, 1 + steps.length, 'nothing twice')
    await revert(here)
    const next = steps[done]
    if (next) await wallet.send(next)
  }
  t.notOk(existsSync(file))
  // What came after it is no part of it: the next deployment is a new one.
  await wallet.send({ to: wallet.address, data: '0x' })
  const fresh = await planDeployment(client, wallet, DEV_PLAN)
  t.equal(fresh.steps.filter(({ isDone }) => isDone).length, 0)
})

t.test('measured gas is what the steps use', async (t) => {
  const { client } = await site(t)
  const wallet = openWallet(client, devKey())
  for (const step of deploySteps(wallet.address, 0, PUBLIC_PLAN).steps) {
    const { gasUsed } = await wallet.send(step)
    const measured = MEASURED_GAS[step.name] ?? 0n
    const fits = gasUsed <= measured && gasUsed * 100n >= measured * 95n
    t.ok(fits, `${step.name}: ${gasUsed}, table ${measured}`)
  }
})

t.test('an account without coins is told so before anything is sent', async (t) => {
  const { deploy, file } = await site(t, 4242)
  const { code, err } = await deploy(['--yes'], { key: keyText('poor') })
  t.equal(code, 1)
  t.match(
    err,
    /the account 0x\w{40} has 0 coins on chain 4242, wanted 0\.\d+ for gas; send it some\. Nothing was sent\n$/,
  )
  t.notOk(existsSync(file))
})

t.test('keys come from a file that nobody else reads, or from the environment', async (t) => {
  const { deploy, cwd, enrich } = await site(t, 4242)
  await enrich(actor('deployer').address)
  const none = await deploy(['--yes'])
  t.equal(none.code, 2)
  t.match(
    none.err,
    /no key to send with: give --key-file FILE \(mode 600\), or set HYPERNET_CHAIN_KEY/,
  )
  const dev = await deploy(['--yes'], { key: devKey() })
  t.equal(dev.code, 1)
  t.match(dev.err, /known to everybody .* may be used on chain 31337 alone, found chain 4242/)
  t.notMatch(dev.err, devKey().slice(2))
  const bad = await deploy(['--yes'], { key: 'abc' })
  t.equal(bad.code, 1)
  t.match(bad.err, 'HYPERNET_CHAIN_KEY holds no key; wanted 64 hexadecimal digits')
  t.notMatch(bad.err, 'abc')

  const path = join(cwd, 'deployer.key')
  writeFileSync(path, `${keyText('deployer')}\n`)
  chmodSync(path, 0o644)
  const open = await deploy(['--yes', '--key-file', 'deployer.key'])
  t.equal(open.code, 1)
  t.match(open.err, /has mode 644, so others can read it; wanted 600: run chmod 600/)
  chmodSync(path, 0o600)
  const done = await deploy(['--yes', '--key-file', 'deployer.key', '--json'])
  t.equal(done.code, 0, done.err)
  t.equal(JSON.parse(done.out).deployment.chainId, 4242)
})

t.test('a file of another market is not written over', async (t) => {
  const { anvil, client, deploy, cwd } = await site(t)
  const at = Object.fromEntries(
    ['token', 'timelock', 'governor', 'vault', 'escrow', 'factory'].map((name) => [
      name,
      `0x${'12'.repeat(20)}`,
    ]),
  )
  const write = (chainId: number) =>
    writeFileSync(join(cwd, 'a.json'), JSON.stringify({ ...at, chainId, block: 1 }))
  write(1)
  const other = await deploy(['--yes', '--out', 'a.json'])
  t.equal(other.code, 1)
  t.match(other.err, /is there already, and is of chain 1, found chain 31337; move it away/)
  write(DEV_CHAIN)
  const gone = await deploy(['--yes', '--out', 'a.json'])
  t.match(gone.err, /its contracts do not stand on chain 31337; move it away/)
  t.equal(gone.code, 1)
  const status = await typed(
    COMMANDS,
    ['chain', 'status', '--rpc', anvil.url, '--deployment', 'a.json'],
    { cwd },
  )
  t.equal(status.code, 1)
  t.match(status.out, /fail {2}no contract stands at 0x1212\w+, wanted HyperToken\n/)
  t.equal(await client.getBlockNumber(), 0n)
})

t.test('a market that trusts others than its own contracts is found out', async (t) => {
  const { client } = await site(t)
  const wallet = openWallet(client, devKey())
  const first = deploySteps(wallet.address, 0, DEV_PLAN)
  for (const step of first.steps.slice(0, 6)) await wallet.send(step)
  t.strictSame(await wiringFaults(client, first.at, wallet.address), [
    'the governor may not propose to the timelock',
    'the governor may not cancel at the timelock',
    `the deployer ${wallet.address} still rules the timelock`,
  ])
  const second = deploySteps(wallet.address, 6, DEV_PLAN)
  for (const step of second.steps) await wallet.send(step)
  t.strictSame(await wiringFaults(client, second.at, wallet.address), [])
  const { vault, token, escrow } = first.at
  t.equal((await wiringFaults(client, { ...second.at, vault })).length, 5)
  t.equal((await wiringFaults(client, { ...second.at, token })).length, 2)
  t.equal((await wiringFaults(client, { ...second.at, escrow })).length, 2)
})

t.test('transactions that wait for a block are waited for', async (t) => {
  const { client, deploy } = await site(t)
  const wallet = openWallet(client, devKey())
  await askAnvil(client, 'evm_setAutomine', false)
  const { steps } = deploySteps(wallet.address, 0, DEV_PLAN)
  const raw = await wallet.account.signTransaction({
    type: 'eip1559',
    chainId: DEV_CHAIN,
    nonce: 0,
    gas: 5_000_000n,
    maxFeePerGas: 10n ** 10n,
    data: steps[0]?.data ?? '0x',
  })
  await client.sendRawTransaction({ serializedTransaction: raw })
  const { code, err } = await deploy(['--yes'])
  t.equal(code, 1)
  t.match(err, /1 transactions of 0x\w{40} wait for a block, perhaps of an earlier try/)
})

t.test('what fails is told by the name of the error, and costs nothing', async (t) => {
  const { client } = await site(t)
  const wallet = openWallet(client, devKey())
  const { steps, at } = deploySteps(wallet.address, 0, DEV_PLAN)
  await wallet.send(steps[0] ?? { to: undefined, data: '0x' })
  const data = encodeFunctionData({
    abi: hyperToken.abi,
    functionName: 'transfer',
    args: [at.vault, 2n * 10n ** 26n],
  })
  await t.rejects(wallet.send({ to: at.token, data }), {
    code: 'CHAIN_REFUSED',
    message: /holds 100000000\.0 HYPER, wanted 200000000\.0 HYPER\. Nothing was sent$/,
  })
  t.equal(await client.getTransactionCount({ address: wallet.address }), 1)
})
