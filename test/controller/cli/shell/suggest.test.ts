import t from 'tap'
import { didYouMean } from '../../../../controller/cli/shell/suggest.ts'

t.test('asks back where a known word is near, and is silent where none is', async (t) => {
  t.equal(didYouMean('sumbit', ['submit', 'cancel']), ' Did you mean "submit"?')
  t.equal(didYouMean('polynomial', ['submit', 'cancel']), '')
  t.equal(didYouMean('--key', ['--key-file', '--json']), ' Did you mean "--key-file"?')
  t.equal(didYouMean('--key', ['--key-file', '--key-folder']), '', 'which of them is not known')
})
