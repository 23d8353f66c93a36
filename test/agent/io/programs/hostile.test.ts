import t from 'tap'
import { ProgramWorker } from '../../../../agent/io/programs/worker.ts'
import { codeOf, HONEST, INPUT, textOf, told } from '../../sandbox/hostile/case.ts'
import { CORPUS } from '../../sandbox/hostile/corpus.ts'

const worker = new ProgramWorker()
t.teardown(() => worker.close())

for (const [intent, cases, limits] of CORPUS) {
  t.test(`a thread ends programs that ${intent} as this one does, and goes on`, async (t) => {
    for (const [name, code, ending] of cases) {
      const found = await worker.run(code, INPUT, limits).then(told, codeOf)
      t.equal(textOf(found), textOf(ending), name)
      const honest = await worker.run(HONEST, INPUT).then(told)
      t.strictSame(honest, { share: [9, 3] }, `an honest program after: ${name}`)
    }
  })
}
