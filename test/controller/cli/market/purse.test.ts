import t from 'tap'
import { HypernetError } from '../../../../agent/wire/errors.ts'
import { purseText } from '../../../../controller/cli/market/purse.ts'

const account = { relay: '0xF6bA', chainId: 4242 }

t.test('says whose account sends, and warns of one without coins', async (t) => {
  t.strictSame(await purseText({ ...account, coins: async () => 15n * 10n ** 17n }), {
    line: 'relay 0xF6bA has 1.5 coins of chain 4242 for gas',
  })
  t.match(await purseText({ ...account, coins: async () => 0n }), {
    line: 'relay 0xF6bA has 0 coins of chain 4242 for gas',
    warning: /0xF6bA has no coins of chain 4242.*send it some/,
  })
})

t.test('a chain that is away hinders nobody', async (t) => {
  const coins = () => Promise.reject(new HypernetError('CHAIN_LOST', 'away'))
  t.strictSame(await purseText({ ...account, coins }), {
    line: 'relay 0xF6bA pays for gas on chain 4242, which does not answer now',
  })
})
