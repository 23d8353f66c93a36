import { bytesToHex, digest, utf8ToBytes } from './hash.ts'

/** The name of a program: SHA-256 of its bundled text, 64 hexadecimal digits; undefined where there is none. */
export const programName = (code: string | undefined): string | undefined =>
  code === undefined ? undefined : bytesToHex(digest(utf8ToBytes(code)))
