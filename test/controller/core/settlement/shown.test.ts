import t from 'tap'
import { encodeAbiParameters, parseAbiParameters } from 'viem'
import { shownIn } from '../../../../controller/core/settlement/shown.ts'

t.test('of what a contract was shown all who signed are read', async (t) => {
  const claim = (group: number) => ({
    group,
    roster: `0x${'11'.repeat(32)}` as const,
    share: `0x${'22'.repeat(32)}` as const,
    result: `0x${'33'.repeat(32)}` as const,
  })
  const form = parseAbiParameters([
    'Claim[], uint256[]',
    'struct Claim { uint16 group; bytes32 roster; bytes32 share; bytes32 result; }',
  ])
  for (const voters of [[1n], [5n, 2n], [1n << 255n, 8n, 1n]]) {
    const bytes = encodeAbiParameters(form, [voters.map((_, i) => claim(i)), voters])
    const sellers = voters.reduce((all, each) => all | each)
    t.strictSame(shownIn(bytes), { bytes, sellers })
  }
})
