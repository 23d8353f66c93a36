import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { badJob } from '../shell/mistakes.ts'

/** `hypernet job from-ha FILE` */
export const jobFromHa: Command = {
  name: 'job from-ha',
  summary: 'Turn a bayesian sensor of Home Assistant into a job',
  about: [
    'FILE is configuration.yaml, or a file or part of it that has "binary_sensor:" with "platform: bayesian"; - is stdin. Tags such as !include and !secret may stand anywhere but in these sensors; what they include is not looked at. Each sensor becomes a job of type event, whose observations are its evidence; several are separated by ---.',
    'All mistakes are told at once, each as file:line:column path (exit 2); what is taken over, but may not be meant so, is a warning on stderr. What "hypernet job check" says of the job is worth a look: a fleet counts the evidence of each device that has the sensors.',
  ],
  operands: [{ name: 'FILE' }],
  options: {
    name: { value: 'N', says: 'name of the job (default: made of the name of the sensor)' },
  },
  examples: ['hypernet job from-ha bayesian.yaml > job.yaml && hypernet job check job.yaml'],
  async run(given, terminal) {
    const { readForeignYaml } = await import('../../../agent/io/yaml/read.ts')
    const { locatedMistakes } = await import('../../../agent/io/yaml/located.ts')
    const { formatMistake, sortMistakes } = await import('../../../agent/wire/mistake.ts')
    const { jobsOfHomeAssistant } = await import('../../core/homeAssistant.ts')
    const { bayesianIn, isWithin, judgedMarks } = await import('../../core/homeAssistantSensors.ts')
    const [path = ''] = given.operands
    const file = await readForeignYaml({
      name: nameOf(path),
      text: await readJobText(path, terminal),
    })
    if (file.mistakes.length > 0) throw badJob(file.mistakes, terminal)
    const made = file.documents.map((document) => {
      const { refused, included } = judgedMarks(document.value, file.marks)
      const { jobs, problems, warnings } = jobsOfHomeAssistant(document, given.text('name'))
      // What has a tag is no value of its own, so that what else is said of it misleads.
      const own = problems.filter((each) => !refused.some((mark) => isWithin(each.path, mark.path)))
      // Why nothing is found says more than that.
      const isFound = bayesianIn(document.value).length > 0
      const reasons = isFound || refused.length + included.length === 0 ? own : included
      const located = (found: typeof problems) => locatedMistakes(file, document, found)
      return {
        jobs,
        mistakes: [...refused.map(({ mistake }) => mistake), ...located(reasons)],
        warnings: located([...included, ...warnings]),
      }
    })
    const mistakes = made.flatMap((each) => each.mistakes)
    if (mistakes.length > 0) throw badJob(sortMistakes(mistakes), terminal)
    for (const warning of sortMistakes(made.flatMap(({ warnings }) => warnings)))
      terminal.err(`warning: ${formatMistake(warning)}\n`)
    terminal.out(made.flatMap(({ jobs }) => jobs).join('---\n'))
    return EXIT.done
  },
}
