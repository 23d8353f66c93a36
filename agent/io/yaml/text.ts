import { HypernetError } from '../../wire/errors.ts'
import { LIMITS } from '../../wire/limits.ts'
import { readRegularFile, readWithin, tooLarge } from '../regularFile.ts'

/** Text of a YAML file, at most LIMITS.jobFile bytes of UTF-8; or, as an Error, a sentence why it is none. */
export const textOfFile = (path: string): Promise<string | Error> =>
  textOf(readRegularFile(path, LIMITS.jobFile))

/** The same of a stream, such as stdin, which is read no further than that. */
export const textOfStream = (stream: AsyncIterable<Buffer>): Promise<string | Error> =>
  textOf(readWithin(stream, LIMITS.jobFile))

/** The same of a text that was read already. */
export function withinLimit(text: string): string | Error {
  const size = Buffer.byteLength(text)
  return size > LIMITS.jobFile ? sentence(tooLarge(size, LIMITS.jobFile)) : text
}

async function textOf(reading: Promise<Buffer>): Promise<string | Error> {
  try {
    return decode(await reading)
  } catch (error) {
    if (error instanceof HypernetError) return sentence(error)
    throw error
  }
}

const sentence = ({ code, message }: HypernetError): Error =>
  new Error(code === 'TOO_LARGE' ? `${message} Split it into several files.` : message)

function decode(bytes: Uint8Array): string | Error {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (utf16) return new Error('this file is in UTF-16, wanted UTF-8. Save it as UTF-8.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const readable = new TextDecoder().decode(bytes)
    const line = readable.slice(0, readable.indexOf('\ufffd')).split('\n').length
    return new Error(`line ${line} is not UTF-8. Save the file as UTF-8.`)
  }
}
