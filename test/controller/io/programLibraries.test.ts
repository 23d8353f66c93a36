import t from 'tap'
import { LIBRARIES, libraryText } from '../../../controller/io/programLibraries.ts'

t.test(
  'every library is the bytes that the list says, and names no path of this machine',
  async (t) => {
    for (const name of Object.keys(LIBRARIES)) {
      const text = await libraryText(name)
      t.ok(text.length < 24_576, `${name}: ${text.length} bytes`)
      t.notMatch(text, /node_modules|require\("|process|import /)
    }
  },
)

t.test('what is not on the list is not read', async (t) => {
  for (const name of ['mathjs', '../package.json', 'constructor', '__proto__']) {
    await t.rejects(libraryText(name), { code: 'NOT_ALLOWED' })
  }
})
