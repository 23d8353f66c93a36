import t from 'tap'
import { formatEther, parseEther } from 'viem'
import * as z from 'zod/mini'
import { tokens, tokensOf, tokensText } from '../../../agent/wire/tokens.ts'

t.test('amounts are read to the last digit', async (t) => {
  for (const text of ['0', '1', '1.5', '0.25', '155.0', '0.000000000000000001', '99999999.9'])
    t.equal(tokensOf(text), parseEther(text), text)
  t.equal(tokensOf('100000000'), 10n ** 26n, 'the whole supply')
})

t.test('what is no amount is told as a sentence', async (t) => {
  t.match(tokensOf('1.2345678901234567890'), /found 19 digits after the point, wanted at most 18/)
  for (const text of ['100000000.1', '9'.repeat(23), '9'.repeat(1e6)])
    t.match(tokensOf(text), /there are 100000000 HYPER in all/)
  for (const text of ['', '-1', '1e3', '.5', '1.', '1,5', '0x10', ' 1', '1 HYPER'])
    t.match(tokensOf(text), /wanted an amount such as 1 or 0\.25/, JSON.stringify(text))
})

t.test('amounts are written without zeros at the end', async (t) => {
  for (const text of ['0.0', '1.0', '1.5', '0.25', '155.0', '0.000000000000000001'])
    t.equal(tokensText(parseEther(text)), text)
  t.equal(tokensText(-parseEther('1.5')), '-1.5')
  t.equal(Number(tokensText(123456789n)), Number(formatEther(123456789n)))
})

t.test('a field takes text and numbers', async (t) => {
  t.equal(z.parse(tokens(), '1.5'), parseEther('1.5'))
  t.equal(z.parse(tokens(), 2), parseEther('2'))
  for (const [value, message] of [
    [undefined, /missing, wanted an amount/],
    [true, /found true, wanted an amount/],
    ['x', /wanted an amount/],
    [1e-7, /wanted an amount/],
  ] as const)
    t.match(z.safeParse(tokens(), value).error?.issues[0]?.message, message)
})
