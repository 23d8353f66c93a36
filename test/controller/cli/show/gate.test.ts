import t from 'tap'
import { resultDocument } from '../../../../controller/cli/show/document.ts'
import { gateFacts } from '../../../../controller/cli/show/gate.ts'
import { resultText } from '../../../../controller/cli/show/result.ts'

const far = (device: string, distance: number) => ({ device, distance, reason: 'far' })

t.test('who is refused is named, with how far it lies or the reason', async (t) => {
  const heavy = { device: 'd', reason: 'its rows claim 250 times the weight of others' }
  const gate = { admitted: 5, refused: [far('b', 87.26), far('c', 12), heavy] }
  t.strictSame(gateFacts(gate), [
    ['admitted', '5 of 8'],
    ['refused', 'b (87.26), c (12): standard deviations from what most devices say'],
    ['refused', 'd: its rows claim 250 times the weight of others'],
  ])
  t.strictSame(gateFacts({ admitted: 5, refused: [] }), [['admitted', '5 of 5']])
  const text = resultText(resultDocument({ job: 'plane', status: 'succeeded', gate }))
  t.match(text, 'admitted  5 of 8\n')
})

t.test('columns are named by one of what they hold', async (t) => {
  const result = { probabilities: [0.5], quantiles: [326], observations: 155, sums: 8 }
  const text = resultText(resultDocument({ job: 'zinc', status: 'succeeded', result }))
  t.match(text, /^probability +quantile$/m)
})
