import t from 'tap'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { openClient } from '../../../../controller/io/chain/client.ts'
import { openWallet } from '../../../../controller/io/chain/wallet.ts'
import { openBridgeStage } from '../../../chain/bridgeStage.ts'
import { openFaultyRpc } from '../../../chain/faultyRpc.ts'

const stage = await openBridgeStage()
const proxy = await openFaultyRpc(stage.anvil.url)
t.teardown(async () => {
  await proxy.close()
  await stage.stop()
})
t.beforeEach(() => {
  proxy.fault = () => undefined
  proxy.reset()
})
const GWEI = 1_000_000_000n
const client = openClient(stage.at.chainId, [proxy.url])
const key = hexOf(stage.relayer.privateKey)
const nothing = { to: stage.buyer.address, data: '0x' } as const
const sent = () => proxy.requests.filter(({ method }) => method === 'eth_sendRawTransaction').length

t.test('a tip that a node advises is paid up to the bound only', async (t) => {
  const wallet = openWallet(client, key, { maxFeeGwei: 40 })
  const advised = 1_350_000n * GWEI
  proxy.fault = ({ method }) =>
    method === 'eth_maxPriorityFeePerGas' ? { result: `0x${advised.toString(16)}` } : undefined
  const before = await stage.client.getBalance({ address: wallet.address })
  const { gasUsed, effectiveGasPrice } = await wallet.send(nothing)
  t.equal(effectiveGasPrice, 40n * GWEI)
  const after = await stage.client.getBalance({ address: wallet.address })
  t.equal(before - after, gasUsed * 40n * GWEI)
})

t.test(
  'nothing is sent while gas costs more than the bound, and it is told what to do',
  async (t) => {
    const wallet = openWallet(client, key, { maxFeeGwei: 0.5 })
    await stage.request('anvil_setNextBlockBaseFeePerGas', `0x${(2n * GWEI).toString(16)}`)
    await stage.mineBlocks(1)
    await t.rejects(wallet.send(nothing), {
      code: 'CHAIN_REFUSED',
      message:
        /costs \d\.\d+ gwei now on .* at most 0\.500 gwei may be paid; .* --max-fee-gwei or chain\.maxFeeGwei .*Nothing was sent$/,
    })
    t.equal(sent(), 0)
  },
)
