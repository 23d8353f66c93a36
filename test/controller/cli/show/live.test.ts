import t from 'tap'
import { bar, liveLine } from '../../../../controller/cli/show/live.ts'
import { recorder } from '../shell/recorder.ts'

t.test('draws over itself on a terminal, no wider than it', async (t) => {
  const { terminal, written } = recorder({ live: true, columns: 6 })
  const line = liveLine(terminal)
  line.show('123456789')
  line.keep('told')
  line.clear()
  t.equal(written.err, '\r\u001b[2K12345\r\u001b[2Ktold\n\r\u001b[2K12345\r\u001b[2K')
  t.equal(written.out, '')
})

t.test('draws nothing in a file or pipe, and keeps what is to stay', async (t) => {
  const { terminal, written } = recorder()
  const line = liveLine(terminal)
  line.show('123456789')
  line.keep('told')
  line.clear()
  t.equal(written.err, 'told\n')
})

t.test('a bar is full at 1, empty at 0 and never longer than its width', async (t) => {
  t.equal(bar(0, 4), '░░░░')
  t.equal(bar(0.5, 4), '██░░')
  t.equal(bar(1.7, 4), '████')
  t.equal(bar(-1, 2), '░░')
})
