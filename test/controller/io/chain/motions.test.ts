import t from 'tap'
import { encodeFunctionData, type Hex } from 'viem'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { measuresOf } from '../../../../controller/io/chain/motions.ts'

const vault: Hex = `0x${'11'.repeat(20)}`
const stranger: Hex = `0x${'22'.repeat(20)}`

t.test('a proposal that sends coins says how many, whatever else it does', async (t) => {
  const list = encodeFunctionData({
    abi: hyperVault.abi,
    functionName: 'setFactory',
    args: [stranger, true],
  })
  const measures = measuresOf(
    {
      targets: [vault, stranger, stranger],
      values: [0n, 15n * 10n ** 17n, 1n],
      calldatas: [list, '0x', '0x1234'],
    },
    { vault },
  )
  t.strictSame(measures, [
    `list the factory ${stranger}`,
    `call ${stranger} with 0x, with 1.5 coins of the chain`,
    `call ${stranger} with 0x1234, with 0.000000000000000001 coins of the chain`,
  ])
})
