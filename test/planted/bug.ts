import type { MethodName } from '../methods.ts'

/** A protocol bug, as somebody might make it: kept as a patch, so that the swarm can be asked to find it. */
export interface Bug {
  readonly name: string
  /** What is wrong, and what it breaks. */
  readonly says: string
  /** The method in whose runs it shows. */
  readonly method: MethodName
  readonly edits: readonly Edit[]
}
export interface Edit {
  /** Path from the top of the repository. */
  readonly file: string
  /** Text that stands in the file exactly once, and what is put in its place. */
  readonly find: string
  readonly put: string
}

/** The text of a file with a bug in it. @throws Error when the place is not found, or not once */
export function planted(text: string, { file, find, put }: Edit): string {
  const places = text.split(find).length - 1
  if (places !== 1)
    throw new Error(`${file}: wanted the text once, found it ${places} times: ${find}`)
  return text.replace(find, () => put)
}
