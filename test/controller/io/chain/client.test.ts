import t from 'tap'
import { checkDeployment, openClient } from '../../../../controller/io/chain/client.ts'
import { openStage } from '../../../chain/stage.ts'

t.test('a deployment is checked on its chain, before anything is sent', async (t) => {
  const stage = await openStage()
  t.teardown(() => stage.stop())
  const { at, anvil } = stage
  const client = openClient(at.chainId, [anvil.url])
  await checkDeployment(client, at)
  t.rejects(checkDeployment(client, { ...at, chainId: 1 }), {
    code: 'CHAIN_LOST',
    message: /has the id 31337, wanted 1/,
  })
  t.rejects(checkDeployment(client, { ...at, vault: at.token }), {
    code: 'CHAIN_REFUSED',
    message: /another contract than ours stands at .*, wanted HyperVault/,
  })
  t.rejects(checkDeployment(client, { ...at, token: `0x${'12'.repeat(20)}` }), {
    code: 'CHAIN_REFUSED',
    message: /no contract stands at .*, wanted HyperToken/,
  })
})

t.test('a chain that does not answer is told as such', async (t) => {
  const client = openClient(31_337, ['http://127.0.0.1:1'])
  const nowhere = `0x${'00'.repeat(20)}` as const
  const at = {
    chainId: 31_337,
    block: 0,
    token: nowhere,
    timelock: nowhere,
    governor: nowhere,
    vault: nowhere,
    escrow: nowhere,
    factory: nowhere,
  }
  t.rejects(checkDeployment(client, at), {
    code: 'CHAIN_LOST',
    message: /no chain answers at http:\/\/127\.0\.0\.1:1; check chain\.rpc/,
  })
})
