import t from 'tap'
import { blanked, printable } from '../../../agent/wire/printable.ts'

/** By the tables of Unicode: general category Cc, bidirectional controls (UAX #9), Zl and Zp. */
const ODD = /\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u

t.test('no control character, bidirectional mark or line separator is left', async (t) => {
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code)
    const odd = ODD.test(character)
    if ((printable(character) !== character) !== odd || (blanked(character) !== character) !== odd)
      if (character !== ' ') t.fail(`U+${code.toString(16)}`)
  }
  t.equal(
    printable('a\nb\t\u001b[31m\u009b\u202e\u007f'),
    'a\\nb\\t\\u001b[31m\\u009b\\u202e\\u007f',
  )
  t.equal(blanked('a\nb\u202ec'), 'a b c')
})

t.test('what people write in their languages stays as it is', async (t) => {
  for (const text of ['', 'Größe', '温度', 'درجة', '👩‍🔬', 'a "b" \\n'])
    t.equal(printable(text), text)
})

t.test('what was spelled reads back as JSON', async (t) => {
  const text = 'a\nb\u001b\u2066\u0085'
  t.equal(JSON.parse(`"${printable(text)}"`), text)
})
