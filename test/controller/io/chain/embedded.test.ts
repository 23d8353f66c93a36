import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../../../agent/io/clock.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { openClient } from '../../../../controller/io/chain/client.ts'
import { startEmbedded } from '../../../../controller/io/chain/embedded.ts'
import { checkIdentity } from '../../../../controller/io/chain/identity.ts'
import { openRpc } from '../../../../controller/io/chain/rpc.ts'

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
