import { dirname, relative, resolve } from 'node:path'
import { readRegularFile } from '../../agent/io/regularFile.ts'
import { REPLAY_BYTES } from '../../agent/io/sensors/replay.ts'
import { loadConfig } from '../../agent/io/yaml/config.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { ControllerConfig } from '../config.ts'

/** controller.yaml, with its paths made whole. */
export interface LoadedConfig {
  readonly config: ControllerConfig
  /** Folder that the paths of the file count from. */
  readonly folder: string
  readonly stateFolder: string
  /** Files of virtual fleets. */
  readonly virtual: readonly string[]
}

/** Reads controller.yaml. @throws HypernetError `BAD_CONFIG` with every mistake, a line each */
export async function loadControllerConfig(path: string): Promise<LoadedConfig> {
  const config = await loadConfig(shortPath(path), ControllerConfig)
  const folder = dirname(resolve(path))
  return {
    config,
    folder,
    stateFolder: resolve(folder, config.store),
    virtual: config.virtual.map((each) => resolve(folder, each)),
  }
}

/** Text of a file of at most REPLAY_BYTES. @throws HypernetError `NOT_FOUND` or `TOO_LARGE` */
export async function readText(path: string): Promise<string> {
  try {
    return (await readRegularFile(path, REPLAY_BYTES)).toString('utf8')
  } catch (error) {
    if (!(error instanceof HypernetError)) throw error
    throw new HypernetError(error.code, `cannot read ${path}: ${error.message}`, error)
  }
}

/** A path as a person would type it: counted from the working folder where it lies below it. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
