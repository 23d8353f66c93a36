import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { badJob } from '../shell/mistakes.ts'

/** `hypernet job from-ha FILE` */
export const jobFromHa: Command = {
  name: 'job from-ha',
  summary: 'Turn a bayesian sensor of Home Assistant into a job',
  about: [
    'FILE is configuration.yaml, or the part of it that has "binary_sensor:" with "platform: bayesian"; - is stdin. Tags such as !include are not taken: copy the part into a file of its own. Each sensor becomes a job of type event, whose observations are its evidence; several are separated by ---.',
    'All mistakes are told at once, each as file:line:column path (exit 2). What "hypernet job check" says of the job is worth a look: a fleet counts the evidence of each device that has the sensors.',
  ],
  operands: [{ name: 'FILE' }],
  options: {
    name: { value: 'N', says: 'name of the job (default: made of the name of the sensor)' },
  },
  examples: ['hypernet job from-ha bayesian.yaml > job.yaml && hypernet job check job.yaml'],
  async run(given, terminal) {
    const { readYaml } = await import('../../../agent/io/yaml/read.ts')
    const { locatedMistakes } = await import('../../../agent/io/yaml/located.ts')
    const { sortMistakes } = await import('../../../agent/wire/mistake.ts')
    const { jobsOfHomeAssistant } = await import('../../core/homeAssistant.ts')
    const [path = ''] = given.operands
    const file = await readYaml({ name: nameOf(path), text: await readJobText(path, terminal) })
    if (file.mistakes.length > 0) throw badJob(file.mistakes, terminal)
    const made = file.documents.map((document) => {
      const { jobs, problems } = jobsOfHomeAssistant(document.value, given.text('name'))
      return { jobs, mistakes: locatedMistakes(file, document, problems) }
    })
    const mistakes = made.flatMap((each) => each.mistakes)
    if (mistakes.length > 0) throw badJob(sortMistakes(mistakes), terminal)
    terminal.out(made.flatMap(({ jobs }) => jobs.map(({ yaml }) => yaml)).join('---\n'))
    return EXIT.done
  },
}
