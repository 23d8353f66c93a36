import t from 'tap'
import { nearest } from '../../../agent/wire/nearest.ts'

const KEYS = [
  'selector',
  'model',
  'window',
  'consensus',
  'matchLabels',
  'minNodes',
  'every',
  'size',
]

t.test('a slip of the fingers finds the word that was meant', (t) => {
  for (const [word, meant] of [
    ['modle', 'model'],
    ['mode', 'model'],
    ['modell', 'model'],
    ['windwo', 'window'],
    ['selektor', 'selector'],
    ['matchlabels', 'matchLabels'],
    ['match_labels', 'matchLabels'],
    ['min-nodes', 'minNodes'],
    ['evry', 'every'],
  ] as const)
    t.equal(nearest(word, KEYS), meant, word)
  t.end()
})

t.test('a word that is like nothing finds nothing', (t) => {
  for (const word of ['colour', 'x', '', 'market', 'm'.repeat(10_000)])
    t.equal(nearest(word, KEYS), undefined, word.slice(0, 10))
  t.equal(nearest('mg', ['kg']), undefined, 'half of a short word is too much')
  t.equal(nearest('a', []), undefined)
  t.end()
})

t.test('of several the nearest is named, of equally near the first', (t) => {
  t.equal(nearest('sensr', ['sense', 'sensor']), 'sense')
  t.equal(nearest('sensors', ['sense', 'sensor']), 'sensor')
  t.end()
})
