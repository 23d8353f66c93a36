import t from 'tap'
import { programName } from '../../../agent/wire/programName.ts'

t.test('a program is named by the SHA-256 of its text', async (t) => {
  // NIST, SHA-256 example of one block: "abc".
  const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  t.equal(programName('abc'), known)
  t.equal(programName(undefined), undefined)
})
