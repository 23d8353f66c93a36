import t from 'tap'
import { didYouMean, suggestion } from '../../../../controller/cli/shell/suggest.ts'

const known = ['submit', 'cancel', 'result', 'ls', 'get']

t.test('finds the word with one letter added, lost, changed or swapped', async (t) => {
  for (const typed of ['submitt', 'sumbit', 'subnit', 'submi', 'SUBMIT'])
    t.equal(suggestion(typed, known), 'submit', typed)
})

t.test('suggests nothing where nothing is near', async (t) => {
  t.equal(suggestion('polynomial', known), undefined)
  t.equal(didYouMean('polynomial', known), '')
  t.equal(suggestion('', ['submit']), undefined)
})

t.test('a short word may have one wrong letter', async (t) => {
  t.equal(suggestion('l', known), 'ls')
  t.equal(didYouMean('gte', known), ' Did you mean "get"?')
})
