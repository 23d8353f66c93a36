import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
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

/** @throws HypernetError `NOT_FOUND` */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new HypernetError('NOT_FOUND', `cannot read ${path} (${reason}).`, error)
  }
}

/** A path as a person would type it: counted from the working folder where it lies below it. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
