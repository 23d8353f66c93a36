import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { privateKeyToAccount } from 'viem/accounts'
import { systemClock } from '../../../../agent/io/clock.ts'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { openClient } from '../../../../controller/io/chain/client.ts'
import { startEmbedded } from '../../../../controller/io/chain/embedded.ts'
import { checkIdentity } from '../../../../controller/io/chain/identity.ts'
import { openRpc } from '../../../../controller/io/chain/rpc.ts'
import { childrenOf } from '../../../e2e/process.ts'

t.setTimeout(120_000)

t.test('a chain that is kept is the same market at each start, and gives money once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hn-chain-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const account = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
  const identities: string[] = []
  // From the third start on anvil makes the first block anew.
  for (let start = 0; start < 3; start++) {
    const market = await startEmbedded(folder)
    const { deployment, anvil } = market
    try {
      identities.push(await checkIdentity(openRpc([anvil.url], systemClock), deployment))
      await market.endow([account], 5n)
      const client = openClient(deployment.chainId, [anvil.url])
      const { free } = await client.readContract({
        address: deployment.vault,
        abi: hyperVault.abi,
        functionName: 'accountOf',
        args: [account],
      })
      t.equal(free, 5n, `start ${start + 1}`)
    } finally {
      await market.stop()
    }
  }
  t.equal(new Set(identities).size, 1, identities.join(', '))
})

t.test('money is given while the controller sends, and by two at once', async (t) => {
  const market = await startEmbedded()
  t.teardown(() => market.stop())
  const { anvil, deployment } = market
  const client = openClient(deployment.chainId, [anvil.url])
  const relay = privateKeyToAccount(hexOf(market.relayKey))
  t.ok((await client.getBalance(relay)) > 10n ** 18n, 'it can pay for gas')
  // As a controller does whose store knows more of a chain than the chain: its bytes wait for their nonce.
  const nonce = 1 + (await client.getTransactionCount(relay))
  const serializedTransaction = await relay.signTransaction({
    type: 'eip1559',
    chainId: anvil.chainId,
    to: relay.address,
    gas: 21_000n,
    nonce,
    maxFeePerGas: 10n ** 12n,
    maxPriorityFeePerGas: 10n ** 11n,
  })
  await client.sendRawTransaction({ serializedTransaction })
  const accounts = ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8', relay.address] as const
  await Promise.all(accounts.map((account) => market.endow([account], 5n)))
  const free = await Promise.all(
    accounts.map(async (account) => {
      const call = { address: deployment.vault, abi: hyperVault.abi } as const
      return (await client.readContract({ ...call, functionName: 'accountOf', args: [account] }))
        .free
    }),
  )
  t.strictSame(free, [5n, 5n])
})

t.test(
  'Ctrl-C of a terminal, which goes to a process group, does not reach the chain',
  async (t) => {
    const before = childrenOf(process.pid)
    const market = await startEmbedded()
    t.teardown(() => market.stop())
    const [pid = 0, ...others] = childrenOf(process.pid).filter((each) => !before.includes(each))
    t.strictSame(others, [])
    t.equal(groupOf(pid), pid, 'whoever started it stops what asks it first, and it then')
    t.not(groupOf(process.pid), pid)
  },
)

/** Process group (Linux: proc(5), the field behind name, state and parent). */
const groupOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[2])
